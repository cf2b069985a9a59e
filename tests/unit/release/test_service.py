# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd is told and understood to say. systemctl and journalctl are doubles that print what the real ones do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import service as service_module
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.service import Service, Status

UNIT = "aetherlink-prometheus.service"
RUNNING = """MainPID=0
NRestarts=0
ActiveState=active
SubState=running
UnitFileState=enabled
NeedDaemonReload=no
InvocationID=1198e1bb812d44b58a8c56c6612b5622
"""
UNKNOWN = """MainPID=0
NRestarts=0
ActiveState=inactive
SubState=dead
UnitFileState=
NeedDaemonReload=no
InvocationID=
"""
Put = Callable[[str, str], Path]


class DoubleOfSystemctl:
    """Answers `show` with a text, notes what it is called with, and fails at what it is told to."""

    def __init__(self, put: Put, directory: Path) -> None:
        self.answer, self.log, self.failing = (directory / name for name in ("show.txt", "calls.txt", "failing.txt"))
        self.log.write_text("")
        self.failing.write_text("")
        self.shows(RUNNING)
        put(
            "systemctl",
            f'echo "$*" >>{self.log}\n'
            f'if [ "$1" = show ]; then cat {self.answer}; fi\n'
            f"if grep -qx \"$1\" {self.failing}; then echo 'Job for {UNIT} failed.' >&2; exit 1; fi",
        )

    def shows(self, text: str = RUNNING, **changes: str) -> None:
        pairs = dict(line.split("=", 1) for line in text.splitlines())
        self.answer.write_text("".join(f"{name}={value}\n" for name, value in {**pairs, **changes}.items()))

    def fails_at(self, verb: str) -> None:
        self.failing.write_text(f"{verb}\n")

    @property
    def orders(self) -> list[str]:
        """What it was told, questions left out."""
        return [line for line in self.log.read_text().splitlines() if not line.startswith("show")]


@pytest.fixture
def systemctl(double_on_path: Put, tmp_path: Path) -> DoubleOfSystemctl:
    return DoubleOfSystemctl(double_on_path, tmp_path)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    (tmp_path / "units").mkdir()
    return Service(UNIT, tmp_path / "units")


# What systemd says


def test_a_running_service_is_understood(systemctl: DoubleOfSystemctl, service: Service) -> None:
    assert service.status() == Status(active=True, enabled=True, invocation="1198e1bb812d44b58a8c56c6612b5622")


def test_a_service_that_systemd_does_not_know_is_nothing_of_all(systemctl: DoubleOfSystemctl, service: Service) -> None:
    systemctl.shows(UNKNOWN)

    assert service.status() == Status()


@pytest.mark.parametrize(
    ("active", "sub", "crashing"),
    [
        ("failed", "failed", True),
        ("activating", "auto-restart", True),
        ("activating", "start", False),
        ("inactive", "dead", False),
        ("deactivating", "stop-sigterm", False),
    ],
)
def test_a_service_that_keeps_dying_is_told_from_one_that_starts(
    systemctl: DoubleOfSystemctl, service: Service, active: str, sub: str, crashing: bool
) -> None:
    systemctl.shows(ActiveState=active, SubState=sub, NRestarts="3")

    status = service.status()

    assert (status.active, status.crashing, status.restarts) == (False, crashing, 3)


def test_a_unit_that_systemd_must_read_again_is_seen(systemctl: DoubleOfSystemctl, service: Service) -> None:
    systemctl.shows(NeedDaemonReload="yes", UnitFileState="disabled")

    assert service.status().unit_reread_needed and not service.status().enabled


def test_a_program_that_was_replaced_under_a_running_service_is_seen(
    systemctl: DoubleOfSystemctl, service: Service, tmp_path: Path
) -> None:
    program = Path(shutil.copy(shutil.which("sleep") or "sleep", tmp_path / "program"))
    with subprocess.Popen([program, "60"]) as process:
        try:
            systemctl.shows(MainPID=str(process.pid))
            before = service.status().program_replaced
            program.unlink()
            after = service.status().program_replaced
        finally:
            process.kill()

    assert (before, after) == (False, True)


def test_a_process_that_has_just_gone_is_no_replaced_program(systemctl: DoubleOfSystemctl, service: Service) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    systemctl.shows(MainPID=str(process.pid))

    assert not service.status().program_replaced


# What systemd is told


def test_a_new_unit_is_put_in_place_read_and_enabled(systemctl: DoubleOfSystemctl, service: Service) -> None:
    systemctl.shows(UNKNOWN)

    service.install_unit("[Service]\n")

    assert service.unit_path.read_text() == "[Service]\n"
    assert service.unit_path.stat().st_mode & 0o777 == 0o644
    assert systemctl.orders == ["daemon-reload", f"enable {UNIT}"]


def test_a_unit_that_is_as_wanted_costs_nothing(systemctl: DoubleOfSystemctl, service: Service) -> None:
    service.unit_path.write_text("[Service]\n")

    service.install_unit("[Service]\n")

    assert systemctl.orders == []


def test_a_changed_unit_is_read_again(systemctl: DoubleOfSystemctl, service: Service) -> None:
    service.unit_path.write_text("[Service]\n")

    service.install_unit("[Service]\nUser=prometheus\n")

    assert service.unit_text() == "[Service]\nUser=prometheus\n"
    assert systemctl.orders == ["daemon-reload"]


def test_a_unit_that_a_killed_deploy_left_unread_is_read(systemctl: DoubleOfSystemctl, service: Service) -> None:
    service.unit_path.write_text("[Service]\n")
    systemctl.shows(NeedDaemonReload="yes")

    service.install_unit("[Service]\n")

    assert systemctl.orders == ["daemon-reload"]


def test_a_host_without_the_unit_has_no_text_of_it(service: Service) -> None:
    assert service.unit_text() == ""


def test_a_restart_forgets_earlier_failures_first(systemctl: DoubleOfSystemctl, service: Service) -> None:
    service.restart()

    assert systemctl.orders == [f"reset-failed {UNIT}", f"restart {UNIT}"]


def test_reload_and_stop_are_told_as_such(systemctl: DoubleOfSystemctl, service: Service) -> None:
    service.reload()
    service.stop()

    assert systemctl.orders == [f"reload {UNIT}", f"stop {UNIT}"]


def test_nothing_to_forget_is_no_failure(systemctl: DoubleOfSystemctl, service: Service) -> None:
    systemctl.fails_at("reset-failed")

    service.restart()

    assert systemctl.orders[-1] == f"restart {UNIT}"


def test_what_systemd_refuses_is_told_with_its_reason(systemctl: DoubleOfSystemctl, service: Service) -> None:
    systemctl.fails_at("restart")

    with pytest.raises(ReleaseError) as raised:
        service.restart()

    assert str(raised.value) == f"systemctl restart {UNIT} failed: Job for {UNIT} failed."


def test_a_systemctl_that_hangs_is_told(double_on_path: Put, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    double_on_path("systemctl", "exec sleep 60")
    monkeypatch.setattr(service_module, "COMMAND_TIMEOUT", 0.2)

    with pytest.raises(ReleaseError, match=rf"systemctl reload {UNIT} did not end within 0.2 s"):
        service.reload()


# Its log


def test_the_log_is_that_of_the_service_since_the_deploy(double_on_path: Put, service: Service, tmp_path: Path) -> None:
    double_on_path("journalctl", f'echo "$*" >{tmp_path}/asked\nprintf "one\\n\\n  \\ntwo\\n"')

    assert service.lines_since(1795494287.25, most=7) == ["one", "two"]
    asked = (tmp_path / "asked").read_text()
    assert f"_SYSTEMD_UNIT={UNIT}" in asked and "--since=@1795494287.250000" in asked and "--lines=7" in asked


def test_a_log_that_is_no_utf8_is_read_all_the_same(double_on_path: Put, service: Service) -> None:
    double_on_path("journalctl", r"printf 'one \377\ntwo\n'")
    assert service.lines_since(0) == ["one \ufffd", "two"]


def test_a_host_without_a_readable_log_has_no_lines(
    double_on_path: Put, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    double_on_path("journalctl", "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1")
    assert service.lines_since(0) == []

    monkeypatch.setenv("PATH", "/nowhere")
    assert service.lines_since(0) == []
