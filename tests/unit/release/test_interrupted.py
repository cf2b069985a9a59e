# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed at any step the host has the old or the new release whole, and the next run converges."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
from dataclasses import replace

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.lock import is_locked, locked
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.scratch import abandoned, scratch

KILLED = 137


def deploy_and_die_at(host, step: int) -> bool:
    """Deploy in a child that dies without any clean-up at the step-th change; True when it lived to the end."""
    child = os.fork()
    if child == 0:
        counter = {"left": step}

        def dying(function):
            def wrapper(*arguments, **keywords):
                counter["left"] -= 1
                if counter["left"] < 0:
                    os._exit(KILLED)
                return function(*arguments, **keywords)

            return wrapper

        for name in ("replace", "rename", "symlink", "mkdir", "fsync", "unlink", "write"):
            setattr(os, name, dying(getattr(os, name)))
        host.service.reload = dying(host.service.reload)
        host.service.restart = dying(host.service.restart)
        host.service.install_unit = dying(host.service.install_unit)
        try:
            host.deploy()
            os._exit(0)
        except BaseException:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED), status
    return status == 0


def deploy_killed_everywhere(make_host, prepare, change):
    """Yield a host for each step at which a deploy can be killed, killed there."""
    for step in range(500):
        host = make_host(f"host{step}")
        prepare(host)
        change(host)
        lived = deploy_and_die_at(host, step)
        yield step, host
        if lived:
            assert step > 20, "the deploy made too few changes for this test to mean anything"
            return
    raise AssertionError("the deploy never ended")


def want(host, text):
    host.engine(files={"app.conf": text})


def test_killed_update_leaves_old_or_new_whole_and_the_next_run_converges(make_host):
    for step, host in deploy_killed_everywhere(make_host, lambda h: h.deploy("one\n"), lambda h: want(h, "two\n")):
        active = host.active
        assert active.content("etc/app.conf") in ("one\n", "two\n"), step
        assert host.store.drift(active, os.getgid()) == {}, step
        assert host.service.state["running"] in ("one\n", "two\n"), step

        host.deploy()

        assert host.active.content("etc/app.conf") == "two\n", step
        assert host.service.state["running"] == "two\n", step
        assert host.engine().plan().reasons == [], step
        assert strays(host) == [], step


def test_killed_first_deploy_converges(make_host):
    for step, host in deploy_killed_everywhere(make_host, lambda h: None, lambda h: None):
        (host.root / "app.pyz").write_text("the program")  # the role brings it along again

        host.deploy()

        assert host.engine().plan().reasons == [], step
        assert host.service.state["running"] == "one\n", step
        assert strays(host) == [], step


def prepared_to_roll_back(make_host, name):
    host = make_host(name)
    for text in ("one\n", "two\n", "three\n"):
        host.deploy(text)
    host.deploy = host.rollback  # what is killed
    return host


def test_killed_rollback_is_ended_by_the_same_command_and_goes_no_further_back(make_host):
    for step in range(200):
        host = prepared_to_roll_back(make_host, f"host{step}")
        lived = deploy_and_die_at(host, step)
        assert host.store.drift(host.active, os.getgid()) == {}, step
        assert host.service.state["running"] in ("two\n", "three\n"), step
        if lived:
            assert step > 10, "the rollback made too few changes for this test to mean anything"
            return

        host.rollback()

        assert host.service.state["running"] == "two\n", step
        assert host.active.id.startswith("0002"), step
        assert host.store.journal.hold()["release"] == host.active.id, step
        assert strays(host) == [], step
    raise AssertionError("the rollback never ended")


def strays(host):
    names = [p.name for p in host.store.home.rglob("*") if p.name.startswith(".")]
    return [name for name in names if name not in (".lock", ".files.json")]


def test_half_a_journal_line_does_not_swallow_the_next(host):
    host.deploy()
    with host.store.journal.path.open("a") as stream:
        stream.write('{"event": "swit')

    host.deploy("two\n")

    assert host.events[-3:] == ["staged 0002", "switching 0002", "activated 0002"]


def test_second_run_waits_for_the_first(host):
    host.deploy()
    held = multiprocessing.Event()
    context = multiprocessing.get_context("fork")
    holder = context.Process(target=hold_lock, args=(host.store.home / ".lock", held, 0.5))
    holder.start()
    held.wait(5)

    assert host.deploy("two\n", lock_timeout=5).changed
    holder.join()


def test_second_run_that_cannot_wait_says_who_holds_the_lock(host):
    host.deploy()
    held = multiprocessing.Event()
    holder = multiprocessing.get_context("fork").Process(target=hold_lock, args=(host.store.home / ".lock", held, 2))
    holder.start()
    held.wait(5)

    with pytest.raises(
        ReleaseError, match=r"another deploy of app .*bob@elsewhere.* wait for it .* raise app_lock_timeout"
    ):
        host.deploy("two\n", lock_timeout=0.3)
    holder.kill()
    holder.join()
    assert host.deploy("two\n").changed, "a killed holder leaves no lock behind"


def hold_lock(path, held, seconds):
    import time

    with path.open("r+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.write("bob@elsewhere since noon")
        stream.flush()
        held.set()
        time.sleep(seconds)


def test_full_disk_while_staging_leaves_the_running_release_alone(host, monkeypatch):
    host.deploy()
    before = host.active.id
    real_fsync = os.fsync

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        host.deploy("two\n")
    monkeypatch.setattr(os, "fsync", real_fsync)

    assert host.active.id == before and host.service.state["running"] == "one\n"
    assert host.deploy("two\n").changed
    assert strays(host) == []


def test_half_a_line_that_a_full_disk_took_is_no_line(host, monkeypatch):
    """A double of write(2) on a disk with five bytes left."""
    real = os.write

    def nearly_full(fd, data):
        if b"activated" in data:
            real(fd, data[:5])
            monkeypatch.setattr(os, "write", full)
            return 5
        return real(fd, data)

    def full(_fd, _data):
        raise OSError(28, "No space left on device")

    host.deploy()
    monkeypatch.setattr(os, "write", nearly_full)
    with pytest.raises(OSError, match="No space left"):
        host.deploy("two\n")
    monkeypatch.undo()

    assert host.deploy("two\n").changed and host.events[-1] == "activated 0002"


def die_in_a_check() -> int:
    """The process, which nobody has waited for yet."""
    child = os.fork()
    if child == 0:
        try:
            with scratch("app"):
                os._exit(KILLED)
        finally:
            os._exit(1)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return child


def test_a_folder_is_abandoned_when_its_process_is_no_more(scratch_place):
    child = die_in_a_check()
    (left,) = scratch_place.iterdir()
    with scratch("app") as in_use:
        pid, _, start = in_use.name.removeprefix("aetherlink-app-").rpartition("-")[0].partition(".")
        of_another = scratch_place / f"aetherlink-app-{pid}.{int(start) - 1}-x1y2"  # who had our number before
        of_another.mkdir()
        (scratch_place / "aetherlink-app-mine").mkdir()

        assert sorted(abandoned("app")) == sorted([left, of_another]), "also before it was waited for"
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
        assert sorted(abandoned("app")) == sorted([left, of_another])


def test_a_folder_whose_process_cannot_be_asked_about_stays(scratch_place, monkeypatch):
    (scratch_place / "aetherlink-app-4711.1-x1y2").mkdir()

    def hidden(*_arguments, **_keywords):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", hidden)
    assert abandoned("app") == []


def test_what_killed_runs_left_is_a_reason_and_then_gone(host, scratch_place):
    host.deploy()
    useless, needed = host.store.home / ".1.0.upload", host.store.home / ".2.0.upload"
    useless.touch(), needed.touch()
    os.waitpid(die_in_a_check(), 0)
    assert len(list(scratch_place.glob("aetherlink-app-*.*-*"))) == 1
    (host.store.releases / ".stage-0001-aaaaaaaa").mkdir()
    with scratch("app") as in_use:
        assert host.engine().plan().pending
        assert "was left behind by a run that was killed" in host.engine().plan().reasons[0]

        assert not host.deploy().changed

        assert list(scratch_place.iterdir()) == [in_use]
    assert strays(host) == [needed.name] and not host.engine().plan().pending


def test_a_folder_is_in_the_components_directory_once_there_is_one(tmp_path, scratch_place, monkeypatch):
    monkeypatch.setattr(
        "ansible_collections.aetherlink.monitoring.plugins.module_utils.release.scratch.COMPONENTS", tmp_path
    )
    (tmp_path / "app").mkdir()
    os.waitpid(die_in_a_check(), 0)
    (left,) = (tmp_path / "app").iterdir()

    assert abandoned("app") == [left] and list(scratch_place.iterdir()) == []


def test_two_that_ask_at_once_whether_a_lock_is_held_are_not_its_holders(host):
    host.deploy()
    with (host.store.home / ".lock").open() as asks:
        fcntl.flock(asks, fcntl.LOCK_SH)
        assert not is_locked(host.store.home)
    with locked(host.store.home, "a test", 1):
        assert is_locked(host.store.home)


def test_a_file_that_came_twice_is_taken_away_too(host):
    host.deploy()
    again = host.root / "again.pyz"
    again.write_text("the program")

    host.deploy("two\n", program=replace(host.wanted.program, source=str(again)))

    assert not again.exists()


def test_what_this_run_brought_to_mend_a_damaged_program_is_not_swept(host):
    host.deploy()
    (host.store.versions / "1.0" / "app.pyz").write_text("by hand")
    upload = host.store.home / ".1.0.upload"
    upload.write_text("the program")
    assert host.engine().plan().needs_program

    assert host.deploy(program=replace(host.wanted.program, source=str(upload))).changed

    assert (host.active.path / "bin" / "app.pyz").read_text() == "the program"
    assert not upload.exists()


def test_what_another_run_is_at_is_not_told_as_left_behind(host):
    host.deploy()
    (host.store.releases / ".stage-0002-aaaaaaaa").mkdir()
    with locked(host.store.home, "carol@controller", 1):
        assert not host.engine().plan().pending
    assert host.engine().plan().pending
