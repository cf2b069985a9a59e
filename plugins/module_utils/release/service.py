# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The systemd service of a component."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from .durable import write_durably

SHOWN = ("ActiveState", "SubState", "MainPID", "InvocationID", "NRestarts", "UnitFileState", "NeedDaemonReload")
COMMAND_TIMEOUT = 90  # seconds; systemd itself gives a start job 90


@dataclass(frozen=True)
class Status:
    """invocation: systemd's id of this run. restarts: how often it started over by itself since."""

    active: bool = False
    crashing: bool = False
    enabled: bool = False
    invocation: str = ""
    restarts: int = 0
    program_replaced: bool = False
    unit_reread_needed: bool = False


class Service:
    def __init__(self, unit: str, unit_dir: Path = Path("/etc/systemd/system")) -> None:
        self.unit = unit
        self.unit_path = unit_dir / unit

    def status(self) -> Status:
        output = self._systemctl("show", self.unit, f"--property={','.join(SHOWN)}", quiet=True)
        shown = dict(line.partition("=")[::2] for line in output.splitlines())
        return Status(
            active=shown.get("ActiveState") == "active",
            crashing=shown.get("ActiveState") == "failed" or shown.get("SubState") == "auto-restart",
            enabled=shown.get("UnitFileState") == "enabled",
            invocation=shown.get("InvocationID", ""),
            restarts=int(shown.get("NRestarts") or 0),
            program_replaced=self._program_replaced(shown.get("MainPID", "0")),
            unit_reread_needed=shown.get("NeedDaemonReload") == "yes",
        )

    def unit_text(self) -> str:
        try:
            return self.unit_path.read_text()
        except OSError:
            return ""

    def install_unit(self, text: str) -> None:
        """Put the unit in place, known to systemd and enabled; costs nothing where it already is."""
        changed = self.unit_text() != text
        if changed:
            write_durably(self.unit_path, text.encode(), 0o644)
        if changed or self.status().unit_reread_needed:
            self._systemctl("daemon-reload")
        if not self.status().enabled:
            self._systemctl("enable", self.unit)

    def restart(self) -> None:
        # A unit that hit its start limit refuses to start until it is told to forget.
        self._systemctl("reset-failed", self.unit, quiet=True)
        self._systemctl("restart", self.unit)

    def reload(self) -> None:
        self._systemctl("reload", self.unit)

    def stop(self) -> None:
        self._systemctl("stop", self.unit, quiet=True)

    def lines_since(self, since: float, most: int = 40) -> list[str]:
        """The service's own log since a time (seconds since the epoch), oldest first; the last ones if more."""
        command = ["journalctl", f"_SYSTEMD_UNIT={self.unit}", f"--since=@{since:.6f}", f"--lines={most}"]
        command += ["--output=cat", "--no-pager"]
        try:
            # What was written a moment ago may not be in the journal yet.
            subprocess.run(["journalctl", "--sync"], capture_output=True, timeout=20, check=False)
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return []
        return [line for line in done.stdout.splitlines() if line.strip()]

    def _program_replaced(self, pid: str) -> bool:
        try:
            return pid != "0" and os.readlink(f"/proc/{pid}/exe").endswith(" (deleted)")
        except OSError:
            return False

    def _systemctl(self, *arguments: str, quiet: bool = False) -> str:
        command = ["systemctl", *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False)
        except subprocess.TimeoutExpired as error:
            raise ReleaseError(f"{' '.join(command)} did not end within {COMMAND_TIMEOUT} s") from error
        if done.returncode and not quiet:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
            raise ReleaseError(f"{' '.join(command)} failed: {reason}")
        return done.stdout
