# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes from the start of a deploy that adds a scrape target until Prometheus has that target active.

Prometheus takes up new targets on a cycle of 5 s of its own, so that the same deploy is quick or slow by when it began.
The starts are spread evenly over that cycle: the median is that of somebody who looks at no clock. The limit is told
for four roles; each of the others may take as long as when it has nothing to do.
"""

from __future__ import annotations

import time

from tests.bench import playbook
from tests.bench.errors import BenchError
from tests.bench.floors import InFloors
from tests.bench.nothing_changed import FOUR, PER_ROLE
from tests.bench.progress import say
from tests.bench.prometheus import Prometheus
from tests.bench.table import Row

LIMIT_FLOORS = 9
CYCLE_SECONDS = 5.0
PATIENCE_SECONDS = 30.0


def job(targets: int) -> dict[str, object]:
    """Variables of a job with that many targets. Nothing listens there: active says nothing of health."""
    addresses = [f"127.0.0.1:{20001 + number}" for number in range(targets)]
    return {"prometheus_scrape_jobs": [{"job_name": "bench", "static_configs": [{"targets": addresses}]}]}


def measure(prometheus: Prometheus, repetitions: int) -> list[Row]:
    roles = playbook.roles()
    more = (roles - FOUR) * PER_ROLE
    return [
        _measure(prometheus, playbook.FOUR_ROLES, "four roles", LIMIT_FLOORS, range(repetitions)),
        _measure(
            prometheus, playbook.SITE, f"all {roles} roles", LIMIT_FLOORS + more, range(repetitions, 2 * repetitions)
        ),
    ]


def _measure(prometheus: Prometheus, name: str, roles: str, limit: float, numbers: range) -> Row:
    what = f"one target added, until active, {roles}"
    say(f"{what}: {name}, {len(numbers)} times, each after a floor")
    result = InFloors()
    for number in numbers:
        result.take_floor()
        _sleep_until_phase((number - numbers.start) * CYCLE_SECONDS / len(numbers))
        result.times.append(_add(prometheus, name, number))
    return result.row(what, limit)


def _sleep_until_phase(phase: float) -> None:
    time.sleep((phase - time.time()) % CYCLE_SECONDS)


def _add(prometheus: Prometheus, name: str, number: int) -> float:
    """Add target ``number`` to those before it; the seconds until Prometheus has it."""
    address = f"127.0.0.1:{20001 + number}"
    if address in prometheus.active_targets():
        raise BenchError(f"Prometheus has the target {address} before it was added")
    taken: list[float] = []

    def watch(start: float) -> None:
        if not taken and address in prometheus.active_targets():
            taken.append(time.perf_counter() - start)

    start = time.perf_counter()
    if not playbook.run(name, job(number + 1), watch=watch).changed:
        raise BenchError(f"the deploy that adds the target {address} changed nothing")
    while not taken and time.perf_counter() < start + PATIENCE_SECONDS:
        watch(start)
        time.sleep(0.02)
    if not taken:
        raise BenchError(f"Prometheus did not have the target {address} within {PATIENCE_SECONDS:g} s")
    return taken[0]
