# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook against the host of the faults, in a process group of its own that can be killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import processes
from tests.faults.errors import FaultsError

ROOT = Path(__file__).resolve().parents[2]
HOST = "struck"
INVENTORY = "tests/faults/inventory.yml"
COMPONENT = "tests/faults/component.yml"
INTERPRETER = "/opt/faults/python"
PATIENCE = 240.0  # seconds; the longest limits within a deploy are a lock's 60 and twice a health check's 12
ENVIRONMENT = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
RECAP = re.compile(rf"^{HOST} +: ok=\d+ +changed=(?P<changed>\d+) ", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """A run of a playbook: exit status (negative by a signal), changed tasks, wall time in seconds, what it printed."""

    status: int
    changed: int
    seconds: float
    output: str


class Playbook:
    """A run that has begun. options: more of the command line. environment: beside the caller's own."""

    def __init__(
        self,
        playbook: str,
        variables: dict[str, Any] | None = None,
        inventory: str = INVENTORY,
        *,
        options: Sequence[str] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        extra = ["--extra-vars", json.dumps(variables or {})]
        command = ["ansible-playbook", "-i", inventory, playbook, *options, *extra]
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - finish() closes it
        self._start = time.monotonic()
        self.words = command
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def over(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> bool:
        """With all that it started, as when its machine dies; False when it has ended already."""
        if self.over():
            return False
        processes.kill(self._process)
        return True

    def kill_connection(self) -> bool:
        """The process that holds the line to the host, and nothing else; False when there is none at the moment."""
        lines = [pid for pid in processes.descendants(self._process.pid) if _is_connection(pid)]
        for pid in lines:
            os.kill(pid, signal.SIGKILL)
        return bool(lines)

    def finish(self, patience: float = PATIENCE) -> Run:
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
            raise FaultsError(f"a deploy did not end within {patience:g} s:\n{self._read()[-3000:]}") from None
        seconds = time.monotonic() - self._start
        text = self._read()
        self._output.close()
        recap = RECAP.search(text)
        return Run(status, int(recap["changed"]) if recap else 0, seconds, text)

    def _read(self) -> str:
        self._output.seek(0)
        return self._output.read()


def _is_connection(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return command[0].endswith(b"docker") and b"exec" in command
