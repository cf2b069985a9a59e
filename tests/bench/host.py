# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's own host: made, deployed to, and removed again however the benchmark ends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import playbook
from tests.bench.errors import BenchError
from tests.bench.progress import say

CONTAINER = "aetherlink-bench"


@contextmanager
def deployed() -> Iterator[str]:
    """The host with the whole stack of inventories/dev on it; gives its address."""
    try:
        say(f"making the host {CONTAINER}")
        _playbook("present")
        say("deploying the whole stack to it (the first time packages are downloaded)")
        playbook.run(playbook.SITE)
        yield _address()
    finally:
        say(f"removing the host {CONTAINER}")
        try:
            _playbook("absent")
        except BenchError as error:
            say(f"it may still be there: {error}")  # said, not raised: what ended the benchmark matters more


def _playbook(state: str) -> None:
    command = ["ansible-playbook", "-i", "inventories/dev", "tests/bench/host.yml", "-e", f"bench_host_state={state}"]
    done = subprocess.run(command, cwd=playbook.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")


def _address() -> str:
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    command = ["docker", "inspect", "--format", template, CONTAINER]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
