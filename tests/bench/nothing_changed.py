# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a deploy takes that finds everything as wanted."""

from __future__ import annotations

from tests.bench import playbook
from tests.bench.floors import InFloors
from tests.bench.progress import say
from tests.bench.table import Row

LIMIT_FLOORS = 5


def measure(repetitions: int) -> Row:
    say(f"nothing changed: {playbook.SITE}, {repetitions} times, each after a floor")
    result = InFloors()
    for _ in range(repetitions):
        result.take_floor()
        result.times.append(playbook.unchanged(playbook.run(playbook.SITE)).seconds)
    return result.row("nothing changed", LIMIT_FLOORS)
