# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of this machine, as /proc tells of them: what somebody started, and how to end it with all of that."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any


def descendants(pid: int) -> list[int]:
    """All that it started, and what these started."""
    parents: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_bytes().rpartition(b")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        parents.setdefault(parent, []).append(int(process.name))
    found, left = [], [pid]
    while left:
        children = parents.get(left.pop(), [])
        found += children
        left += children
    return found


def kill(process: subprocess.Popen[Any]) -> None:
    """It leads a process group. All of it and all that it started ends, as when a machine dies."""
    if process.poll() is not None:
        return
    started = descendants(process.pid)  # Ansible's workers lead sessions of their own
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
