# SPDX-License-Identifier: GPL-3.0-or-later
"""What the harnesses kill."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests import processes


def test_what_it_started_is_killed_with_it_also_in_a_session_of_its_own() -> None:
    # The first of the two leads a session, as Ansible's workers do, and has a child itself.
    script = "setsid sh -c 'sleep 60; true' & sleep 60; true"
    process = subprocess.Popen(["sh", "-c", script], start_new_session=True)
    deadline = time.monotonic() + 5
    while len(started := processes.descendants(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(started) == 3
    processes.kill(process)
    assert process.wait(timeout=5) == -9
    while (left := [pid for pid in started if runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == []


def test_one_that_has_ended_is_no_trouble() -> None:
    process = subprocess.Popen(["true"], start_new_session=True)
    process.wait()
    processes.kill(process)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
