# SPDX-License-Identifier: GPL-3.0-or-later
"""A release that does not become healthy is switched back by itself, and the error says why."""

from __future__ import annotations

import os

import pytest


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("refuse-reload\n", "app refused the new configuration: reload_successful is 0"),
        ("hang-on-reload\n", "app did not become healthy within 0.3 s: it did not take over the new configuration"),
        ("fragile\n", "app stopped while it reloaded"),
        ("never-ready\n", "app did not become healthy within 0.3 s: http://double does not answer"),
    ],
)
def test_bad_reload_comes_back_to_the_old_release(host, text, cause):
    host.deploy()
    good = host.active.id

    # `fragile` is seen as a crash or as a new invocation, whichever the first look meets.
    error = host.failure(text)

    assert cause in str(error) or (text == "fragile\n" and "app stops right after its start" in str(error))
    assert f"was switched back to {good}, which is healthy and running" in str(error)
    assert host.active.id == good
    assert host.service.state["active"] and host.service.state["running"] == "one\n"
    assert host.events[-4:] == ["switching 0002", "failed 0002", "switching 0001", "switched_back 0001"]


@pytest.mark.parametrize("text", ["crash\n", "never-ready\n"])
def test_bad_restart_comes_back_by_a_restart(host, text):
    host.deploy()

    error = host.failure(text, flags="ARGS=--port=2\n")

    assert "was switched back to 0001-" in str(error)
    assert host.service.calls == ["restart", "restart"]
    assert host.active.content("flags.env") == "ARGS=--port=1\n"


def test_a_disk_without_room_for_the_link_leaves_the_old_release_healthy(host, monkeypatch):
    host.deploy()
    good = host.active.id
    symlink = os.symlink

    def full(target, path, *more, **named):
        if str(path).endswith("/.current.new"):
            raise OSError(28, "No space left on device", str(path))
        symlink(target, path, *more, **named)

    monkeypatch.setattr(os, "symlink", full)
    error = host.failure("two\n")

    assert "No space left on device" in str(error)
    assert f"was switched back to {good}, which is healthy and running" in str(error)
    assert host.active.id == good
    assert host.events[-4:] == ["switching 0002", "failed 0002", "switching 0001", "switched_back 0001"]


def test_error_carries_the_service_log_without_secrets(host):
    host.deploy()

    error = host.failure("never-ready hunter2-hunter2\n")

    assert "(never-ready ******** did not work)" in str(error)
    assert not any("hunter2" in line for line in [str(error), *error.details])


def test_the_service_log_cannot_command_the_terminal(host, monkeypatch):
    host.deploy()
    log = ['level=error err="\x1b[2Jall \x9b31mwell\u202e"', "panic: \x07\tgone"]
    monkeypatch.setattr(type(host.service), "lines_since", lambda _self, _since: log)

    error = host.failure("never-ready\n")

    assert "( [2Jall  31mwell )" in str(error)
    assert error.details == ['level=error err=" [2Jall  31mwell "', "panic:  gone"]


def test_forced_past_the_checker_the_health_check_still_decides(host):
    host.deploy()

    error = host.failure("broken refuse-reload\n", skip_check=True)

    assert "refused the new configuration" in str(error)
    assert host.active.id.startswith("0001-")


def test_first_release_that_fails_leaves_nothing_active(host):
    error = host.failure("crash\n")

    assert "There is no earlier release to go back to, so app was stopped" in str(error)
    assert not host.store.current.is_symlink() and not host.service.state["active"]
    assert host.deploy("one\n").changed
    assert host.active.id.startswith("0002-")


def test_bad_release_is_kept_marked_and_never_gone_back_to(host):
    host.deploy("one\n")
    host.failure("refuse-reload\n")
    host.deploy("three\n")
    error = host.failure("refuse-reload\n")

    assert "was switched back to 0003-" in str(error)
    assert host.store.journal.verdict(host.store.all()[1].id)["event"] == "failed"


def test_next_deploy_of_a_mended_configuration_succeeds(host):
    host.deploy()
    host.failure("refuse-reload\n")

    outcome = host.deploy("mended\n")

    assert outcome.changed and host.service.state["running"] == "mended\n"


def test_same_configuration_is_tried_again_when_asked_again(host):
    host.deploy()
    host.failure("refuse-reload\n")
    host.failure("refuse-reload\n")

    assert [r.id[:4] for r in host.store.all()] == ["0001", "0002", "0003"]


def test_healthy_release_whose_service_cannot_start_is_not_replaced_by_an_older_one(host):
    host.deploy("one\n")
    host.deploy("two\n")
    host.service.put(active=False)
    host.service.restart = lambda: host.service.put(crashing=True)  # as when another program has taken the port

    error = host.failure("two\n")

    assert "app stops right after its start" in str(error) and "switched back" not in str(error)
    assert host.active.id.startswith("0002-")


def test_switching_back_that_fails_too_says_both(host):
    host.deploy()
    host.service.reload = lambda: host.service.put(active=False, crashing=True)
    host.service.restart = lambda: host.service.put(active=False, crashing=True)

    error = host.failure("two\n")

    assert "Release 0001-" in str(error) and "did not become healthy either" in str(error)
