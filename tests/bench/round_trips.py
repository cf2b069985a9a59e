# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a deploy that changes nothing goes to the host, role by role.

Ansible's connection prints each trip (a command or a file) at -vvv, below the play that it belongs to. The container
engine counts the commands that it started in the host itself. Both have to agree.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter

import yaml

from tests.bench import playbook
from tests.bench.errors import BenchError
from tests.bench.host import CONTAINER
from tests.bench.progress import say
from tests.bench.table import Row

LIMIT = 2
LINE = re.compile(rf"^PLAY \[(?P<play>.+)\] \*+$|^<{CONTAINER}> (?:EXEC|PUT|FETCH) ", re.MULTILINE)


def measure() -> list[Row]:
    say("remote round trips per role when nothing changed")
    start = time.time()
    result = playbook.unchanged(playbook.run(playbook.SITE, options=("-vvv",)))
    started = _started_by_engine(start, time.time())
    trips = count(result.output)
    if trips.total() != started:
        raise BenchError(f"Ansible printed {trips.total()} round trips, but the engine started {started} in the host")
    how = f"counted in 1 run; the engine counted the same {started} for all roles"
    return [
        Row(f"round trips, {role}", trips[play], LIMIT, "", how) for play, roles in _roles().items() for role in roles
    ]


def count(output: str) -> Counter[str]:
    """Round trips of each play, from the output of ansible-playbook -vvv."""
    trips: Counter[str] = Counter()
    play = ""
    for line in LINE.finditer(output):
        if line["play"]:
            play = line["play"]
        else:
            trips[play] += 1
    return trips


def _roles() -> dict[str, list[str]]:
    """The role of each play of site.yml, and of what that imports."""
    site = playbook.ROOT / playbook.SITE
    plays = []
    for play in yaml.safe_load(site.read_text()):
        imported = play.get("ansible.builtin.import_playbook")
        plays += yaml.safe_load((site.parent / imported).read_text()) if imported else [play]
    return {play["name"]: [role["role"].rsplit(".", 1)[1] for role in play["roles"]] for play in plays}


def _started_by_engine(start: float, end: float) -> int:
    command = ["docker", "events", f"--since={start:.6f}", f"--until={end:.6f}", f"--filter=container={CONTAINER}"]
    command += ["--filter=event=exec_start", "--format={{.Action}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return sum(line.startswith("exec_start") for line in done.stdout.splitlines())
