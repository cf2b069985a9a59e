# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever was changed behind our back is seen by the plan and mended by the next deploy."""

from __future__ import annotations

import pytest


def change_file(host):
    (host.active.path / "etc/app.conf").write_text("meddled\n")


def change_flags(host):
    (host.active.path / "flags.env").write_text("ARGS=--evil\n")


def add_file(host):
    (host.active.path / "etc/extra.conf").write_text("extra\n")


def remove_file(host):
    (host.active.path / "etc/app.conf").unlink()


def open_mode(host):
    (host.active.path / "etc/secrets/token").chmod(0o644)


def change_program(host):
    (host.active.path / "bin/app.pyz").write_text("another program")


def change_unit(host):
    host.service.unit_path.write_text("[Service]\nExecStart=evil\n")


def remove_link(host):
    host.store.config_link.unlink()


def stop_service(host):
    host.service.stop()


def disable_service(host):
    host.service.put(enabled=False)


DRIFTS = {
    change_file: ("etc/app.conf was changed on the host", "reload"),
    change_flags: ("flags.env was changed on the host", "restart"),
    add_file: ("etc/extra.conf was added on the host", "reload"),
    remove_file: ("etc/app.conf is missing on the host", "reload"),
    open_mode: ("owner or mode of etc/secrets/token was changed on the host", "reload"),
    change_program: ("the program on the host is missing or was changed", "restart"),
    change_unit: ("the unit was changed on the host", "restart"),
    remove_link: ("does not lead to the active configuration", "none"),
    stop_service: ("the service is not running", "restart"),
    disable_service: ("the service does not start at boot", "none"),
}


@pytest.mark.parametrize("meddle", DRIFTS, ids=lambda meddle: meddle.__name__)
def test_drift_is_named_and_mended_by_the_least_that_does_it(host, meddle):
    host.deploy()
    source = host.root / "app.pyz"
    source.write_text("the program")  # as the role brings it along when the plan says that it is needed
    meddle(host)
    reason, action = DRIFTS[meddle]

    assert any(reason in found for found in host.engine().plan().reasons)
    outcome = host.deploy()

    assert outcome.changed and outcome.action == action
    assert host.engine().plan().reasons == []
    assert (host.active.path / "bin/app.pyz").read_text() == "the program"
    assert host.service.state["active"] and host.service.state["running"] == "one\n"


def test_restart_by_hand_is_no_drift(host):
    host.deploy()
    host.service.restart()

    assert not host.deploy().changed


def test_reload_is_still_enough_after_a_restart_by_hand(host):
    host.deploy()
    host.service.restart()

    assert host.deploy("two\n").action == "reload"
