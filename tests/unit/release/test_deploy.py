# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a release: staged, checked, switched, proven, kept, pruned."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Check


def test_first_deploy_makes_a_whole_release_and_starts_the_service(host):
    outcome = host.deploy()

    assert outcome.changed and outcome.action == "restart"
    assert outcome.reasons == ["no release is active yet"]
    assert host.active.id.startswith("0001-")
    assert host.active.content("etc/app.conf") == "one\n"
    assert host.active.content("flags.env") == "ARGS=--port=1\n"
    assert (host.active.path / "bin" / "app.pyz").read_text() == "the program"
    assert host.service.state["running"] == "one\n"
    assert host.events == ["staged 0001", "switching 0001", "activated 0001"]


def test_release_json_says_what_the_release_is(host):
    host.deploy(revision="abc123")

    meta = json.loads((host.active.path / "release.json").read_text())
    assert meta["id"] == host.active.id
    assert (meta["environment"], meta["version"], meta["by"], meta["revision"]) == (
        "dev",
        "1.0",
        "alice@controller",
        "abc123",
    )
    assert set(meta["files"]) == {"etc/app.conf", "etc/secrets/token", "flags.env", "unit/app.service"}
    assert meta["created"].endswith("+00:00")


def test_release_is_not_readable_by_the_world(host):
    host.deploy()

    for path in [host.active.path, *host.active.path.rglob("*")]:
        if not path.is_symlink():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o007, path
    assert stat.S_IMODE((host.active.path / "release.json").stat().st_mode) == 0o600


def test_second_deploy_of_the_same_changes_nothing(host):
    host.deploy()
    before = sorted(os.listdir(host.store.releases))

    outcome = host.deploy()

    assert not outcome.changed
    assert host.service.calls == []
    assert sorted(os.listdir(host.store.releases)) == before


def test_changed_file_is_a_new_release_and_a_reload(host):
    host.deploy()
    starts = host.service.state["starts"]

    outcome = host.deploy("two\n")

    assert outcome.action == "reload" and host.service.calls == ["reload"]
    assert outcome.reasons == ["etc/app.conf differs"]
    assert host.service.state["running"] == "two\n" and host.service.state["starts"] == starts


def test_changed_flags_unit_program_or_named_settings_restart(host):
    host.deploy()

    for changes in (
        {"flags": "ARGS=--port=2\n"},
        {"unit": "[Service]\nExecStart=app2\n"},
        {"restart_on": ["127.0.0.1:2"]},
        {"program": replace(host.wanted.program, version="2.0", source=_copy_of_program(host))},
    ):
        assert host.deploy(**changes).action == "restart", changes
        assert host.service.calls == ["restart"], changes


def _copy_of_program(host):
    source = host.root / "app-2.pyz"
    source.write_text("the program")
    return str(source)


def test_service_that_cannot_reload_is_restarted(host):
    host.deploy()

    assert host.deploy("two\n", reloadable=False).action == "restart"


def test_removed_file_is_gone_from_the_next_release(host):
    host.deploy(files={"app.conf": "one\n", "rules/a.yml": "a\n"})
    outcome = host.deploy(files={"app.conf": "one\n"})

    assert outcome.reasons == ["etc/rules/a.yml is no longer wanted"]
    assert not (host.active.path / "etc/rules").exists()


def test_another_environment_is_another_release(host):
    host.deploy()

    assert host.deploy(environment="prod", move_environment=True).changed
    assert host.active.meta["environment"] == "prod"


def test_refused_release_is_never_switched_to_and_leaves_nothing_behind(host):
    host.deploy()
    before = host.active.id

    error = host.failure("good\nbroken\n")

    assert str(error) == (
        f"app check refused the release: parsing app.conf: line 2: unknown word broken: "
        f"correct that in the inventory. "
        f"Nothing was switched; release {before} is untouched"
    )
    assert host.active.id == before and host.service.calls == []
    assert [p.name for p in host.store.releases.iterdir()] == [before]
    assert host.events[-1] == "refused 0002"


def test_missing_checker_is_named(host):
    error = host.failure("two\n", checks=[replace(host.settings.checks[0], argv=["{bin}/promtool"])])

    assert "bin/promtool is not on this host" in str(error)


def test_old_releases_are_pruned_but_never_the_active_one(host):
    for number in range(1, 8):
        host.deploy(f"{number}\n", keep=3)

    kept = [r.id[:4] for r in host.store.all()]
    assert kept == ["0005", "0006", "0007"]
    assert host.active.id.startswith("0007")


def test_serial_of_a_pruned_release_never_comes_again(host):
    for number in range(4):
        host.deploy(f"{number}\n", keep=1)

    host.deploy("again\n", keep=1)
    assert host.active.id.startswith("0005-")


def test_the_ten_thousandth_release_is_the_newest(host, monkeypatch):
    monkeypatch.setattr(host.store, "_next_serial", iter([9998, 9999, 10000, 10001]).__next__)
    for number in range(4):
        host.deploy(f"{number}\n", keep=2)

    assert [r.id.split("-")[0] for r in host.store.all()] == ["10000", "10001"]
    assert host.active.id.startswith("10001-")


def test_versions_that_no_release_uses_are_pruned(host):
    host.deploy()
    host.deploy(program=replace(host.wanted.program, version="2.0", source=_copy_of_program(host)), keep=1)
    assert sorted(p.name for p in host.store.versions.iterdir()) == ["1.0", "2.0"], "a rollback needs the first"

    host.deploy("two\n", keep=1)

    assert [p.name for p in host.store.versions.iterdir()] == ["2.0"]


def test_the_release_that_a_rollback_goes_back_to_stays_however_many_failed_since(host):
    host.deploy("one\n")
    host.deploy("two\n", keep=2)
    for _ in range(4):
        host.failure("refuse-reload\n", keep=2)
    host.deploy("three\n", keep=2)

    assert [r.id[:4] for r in host.store.all()] == ["0002", "0006", "0007"]


def test_people_find_the_active_configuration_under_etc(host):
    host.deploy()
    host.deploy("two\n")

    assert (host.root / "etc/app/app.conf").read_text() == "two\n"


def test_directory_in_the_way_of_that_link_is_named_and_kept(host):
    (host.root / "etc/app").mkdir(parents=True)
    (host.root / "etc/app/precious").write_text("x")

    error = host.failure("one\n")

    assert "etc/app is a directory on this host" in str(error) and "move it away" in str(error)
    assert (host.root / "etc/app/precious").exists()


def test_damaged_upload_is_not_installed(host):
    (host.root / "app.pyz").write_text("something else")

    error = host.failure("one\n")

    assert "was damaged on its way to the host" in str(error)
    assert not host.store.current.exists()


def counting(tmp_path, *of):
    """A check that leaves a line behind each time it runs, and the number of its runs so far."""
    log = tmp_path / "runs"
    check = Check("counted", ["/bin/sh", "-c", f"echo >> {log}"], list(of))
    return [check], lambda: len(log.read_text().splitlines()) if log.exists() else 0


def test_a_check_of_folders_runs_only_when_they_differ_from_what_was_checked(host, tmp_path):
    checks, runs = counting(tmp_path, "rules")
    files = {"app.conf": "one\n", "rules/a.yml": "1\n"}
    host.deploy(checks=checks, files=files)
    assert runs() == 1
    host.deploy(checks=checks, files={**files, "app.conf": "two\n"})
    assert runs() == 1
    host.deploy(checks=checks, files={**files, "rules/a.yml": "2\n"})
    assert runs() == 2
    host.deploy(checks=checks, files=files)  # the release before is active, and its rules differ
    assert runs() == 3


def test_a_check_of_folders_runs_after_a_release_that_was_not_checked(host, tmp_path):
    checks, runs = counting(tmp_path, "rules")
    host.deploy("one\n", checks=checks, skip_check=True)
    assert runs() == 0
    host.deploy("two\n", checks=checks)
    assert runs() == 1


def test_a_check_of_no_folders_runs_each_time(host, tmp_path):
    checks, runs = counting(tmp_path)
    host.deploy("one\n", checks=checks)
    host.deploy("two\n", checks=checks)
    assert runs() == 2


def test_a_directory_that_somebody_put_beside_the_releases_is_none(host):
    host.deploy()
    stray = host.store.releases / "0001.bak"
    stray.mkdir()

    host.deploy("two\n")

    assert host.active.id.startswith("0002-")
    assert stray.is_dir()


def test_a_program_that_is_too_old_is_refused_by_the_plan_before_anything_is_switched(host):
    host.deploy()
    old = replace(host.wanted.program, version="0.9", oldest="1.0")

    with pytest.raises(ReleaseError, match=r"version is 0\.9, and its configuration needs 1\.0 or newer"):
        host.engine(program=old).plan()
    host.failure("two\n", program=old)

    assert host.active.id.startswith("0001-")
    assert host.events == ["staged 0001", "switching 0001", "activated 0001"]
