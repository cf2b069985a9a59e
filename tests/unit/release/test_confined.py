# SPDX-License-Identifier: GPL-3.0-or-later
"""What a checked program can do: little. Real processes, as root where the tests are root's."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import confined, scratch
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Check, Component, run_checks
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.masking import Masker

USER = "daemon"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """As /run is: root's, and everybody may go through it. pytest's own directories are for their owner alone."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    monkeypatch.setattr(scratch, "RUN", path)
    yield path
    shutil.rmtree(path)


def told(script: str, user: str = USER) -> list[str]:
    """The lines that a checker prints which is this shell script."""
    check = Check("a check", ["sh", "-c", f"{script}\nexit 1"])
    with pytest.raises(ReleaseError) as raised:
        run_checks([check], Path("/"), Masker([]), Component("app", user))
    return raised.value.details


@as_root
def test_a_checker_is_the_components_user_and_can_become_nobody_else(place: Path) -> None:
    user = pwd.getpwnam(USER)

    status = dict(
        line.split(":", 1)
        for line in told("grep -E '^(Uid|Gid|Groups|NoNewPrivs|CapEff):' /proc/self/status")
        if ":" in line
    )

    assert status["Uid"].split() == [str(user.pw_uid)] * 4
    assert status["Gid"].split() == [str(user.pw_gid)] * 4
    assert status["Groups"].split() == []
    assert (status["NoNewPrivs"].strip(), int(status["CapEff"], 16)) == ("1", 0)


@as_root
def test_a_checker_of_a_user_who_is_still_to_come_is_a_user_who_does_not_exist(place: Path) -> None:
    (uid,) = told("id -u", "aetherlink-none")

    assert int(uid) in confined.TRANSIENT
    with pytest.raises(KeyError):
        pwd.getpwuid(int(uid))


@as_root
def test_a_checker_has_no_network(place: Path) -> None:
    lines = told("tail -n +3 /proc/net/dev")

    assert [line.split(":")[0].strip() for line in lines] in ([], ["lo"])


@as_root
def test_a_checker_writes_to_its_own_folder_and_nowhere_else_of_roots(place: Path) -> None:
    assert told('cd "$TMPDIR" && echo mine >file && cat file') == ["mine"]
    assert "Permission denied" in told(f"echo mine >{place}/file")[0]
    assert list(place.iterdir()) == []


def test_a_checker_that_prints_without_end_is_ended(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "LIMITS", ("--fsize=65536",))

    lines = told("exec yes something", pwd.getpwuid(os.geteuid()).pw_name)

    assert lines[0] == "something" and len(lines) == 40


def test_a_checker_that_a_limit_ended_is_not_the_inventorys_fault(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "LIMITS", ("--cpu=1",))
    check = Check("a check", ["sh", "-c", "echo working; while :; do :; done"])

    with pytest.raises(ReleaseError) as raised:
        run_checks([check], Path("/"), Masker([]), Component("app", USER))

    assert "a check was ended by signal 9 (Killed) before it was done: see whether" in str(raised.value)
    assert raised.value.details[0] == "working"


@as_root
def test_nothing_that_a_checker_starts_outlives_it(place: Path) -> None:
    length = f"60.{time.monotonic_ns()}"

    ran = told(f"setsid sleep {length} >/dev/null 2>&1 & sleep 0.2; pgrep -f '^sleep {length}'")

    assert len(ran) == 1, "it never ran"
    assert until(lambda: not is_running(length), "it runs on")


@as_root
def test_where_root_may_not_make_namespaces_it_runs_without(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "_has_namespaces", lambda: False)

    assert told("id -un") == [USER]


def test_the_group_is_the_one_of_the_same_name_as_in_the_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grp, "getgrnam", lambda _name: grp.struct_group(("app", "x", 4711, [])))

    assert confined.identity(USER) == (pwd.getpwnam(USER).pw_uid, 4711) and confined.readers(USER) == 4711


def test_a_checker_that_takes_too_much_memory_is_ended(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "LIMITS", (f"--as={256 << 20}",))

    lines = told("exec python3 -c 'len(bytes(1 << 30))'", pwd.getpwuid(os.geteuid()).pw_name)

    assert "MemoryError" in lines[-1]


@pytest.mark.parametrize("user", [pytest.param(USER, marks=as_root), pwd.getpwuid(os.geteuid()).pw_name])
def test_a_checker_does_not_outlive_us(user: str) -> None:
    length = f"60.{time.monotonic_ns()}"
    child = os.fork()
    if child == 0:
        subprocess.run(confined.confined(["sleep", length], user), check=False)
        os._exit(1)
    assert until(lambda: is_running(length), "it never ran")

    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert until(lambda: not is_running(length), "it runs on")


def is_running(length: str) -> bool:
    return (
        subprocess.run(["pgrep", "--full", f"^sleep {length}"], stdout=subprocess.DEVNULL, check=False).returncode == 0
    )


def until(happens: Callable[[], bool], otherwise: str) -> bool:
    deadline = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)
    return True
