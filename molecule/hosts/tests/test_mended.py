# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role host mends, refuses and leaves alone, whatever the suite."""

from __future__ import annotations

from typing import Any

from testinfra.host import Host

testinfra_hosts = ["ansible://testing"]
SKEW = "/usr/lib/python3/dist-packages/skew.pth"


def test_a_mode_changed_by_hand_is_told_in_check_mode_and_mended(host: Host, baseline: Any, look: Any) -> None:
    host.check_output("chmod 0777 /opt/aetherlink")
    assert "ROW directories: BAD, wanted as wanted, seen to do: give /opt/aetherlink to root" in look()
    assert baseline("--check").ok().changed == 1
    assert host.file("/opt/aetherlink").mode == 0o777
    assert baseline().ok().changed == 1
    assert host.file("/opt/aetherlink").mode == 0o755


def test_a_clock_that_is_off_is_refused_with_how_far(host: Host, baseline: Any, look: Any) -> None:
    """The double of a wrong clock is Python's alone: a container has no clock of its own."""
    host.check_output(f"echo 'import time; time.time = lambda real=time.time: real() - 60' >{SKEW}")
    try:
        said = baseline().refused().output
        assert "behind the controller's, and host_clock_limit is 5 s: synchronise both clocks by NTP" in said
        assert "ROW clock: BAD, wanted within 5 s" in look()
        baseline(host_clock_limit=120).ok()
        baseline(host_clock=False).ok()
    finally:
        host.check_output(f"rm {SKEW}")
    assert "ROW clock: ok" in look()


def test_switched_off_it_does_nothing(host: Host, baseline: Any) -> None:
    host.check_output("chmod 0700 /etc/aetherlink")
    try:
        baseline(host_enabled=False).ok()
        baseline(host_directories=False).ok()
        assert host.file("/etc/aetherlink").mode == 0o700
    finally:
        baseline().ok()
