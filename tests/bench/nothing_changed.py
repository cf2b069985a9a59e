# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a deploy takes that finds everything as wanted: the four roles of its limit, and all there are."""

from __future__ import annotations

from tests.bench import playbook
from tests.bench.floors import InFloors
from tests.bench.progress import say
from tests.bench.table import Row

FOUR, LIMIT_FLOORS = 4, 5
PER_ROLE = LIMIT_FLOORS / FOUR  # floors; what four roles may take in all, each of the others may take too


def measure(repetitions: int) -> list[Row]:
    roles = playbook.roles()
    return [
        _measure("nothing changed, four roles", playbook.FOUR_ROLES, LIMIT_FLOORS, repetitions),
        _measure(f"nothing changed, all {roles} roles", playbook.SITE, PER_ROLE * roles, repetitions),
    ]


def _measure(what: str, name: str, limit: float, repetitions: int) -> Row:
    say(f"{what}: {name}, {repetitions} times, each after a floor")
    result = InFloors()
    for _ in range(repetitions):
        result.take_floor()
        result.times.append(playbook.unchanged(playbook.run(name)).seconds)
    return result.row(what, limit)
