# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a rollback of one component takes, from the command's start until it is proven, and what scrapes it costs.

A configuration goes back by a reload. What goes back by a restart, as a program version does, is a flag here: to those
who scrape and are scraped both are the same.
"""

from __future__ import annotations

import time
from typing import Any

from tests.bench import playbook
from tests.bench.errors import BenchError
from tests.bench.floors import InFloors
from tests.bench.missed_scrapes import INTERVAL_SECONDS, UP, first_scrape, missed
from tests.bench.progress import say
from tests.bench.prometheus import Prometheus
from tests.bench.table import Row
from tests.bench.target_added import job

ROLLBACK = "playbooks/rollback.yml"
LIMIT_FLOORS = 5
VARIABLES = {"component": "prometheus", "reason": "benchmark", "hold": False}


def measure(prometheus: Prometheus, repetitions: int) -> list[Row]:
    reload: dict[str, Any] = job(1)
    restart = {"prometheus_retention_time": "9d"}
    return [
        *_measure(prometheus, "configuration", reload, 0, repetitions),
        *_measure(prometheus, "flag, by a restart", restart, 1, repetitions),
    ]


def _measure(prometheus: Prometheus, what: str, change: dict[str, Any], limit: int, repetitions: int) -> list[Row]:
    """limit: scrapes of Command Center that each rollback may miss."""
    result, worst, misses = InFloors(), 0, 0
    for number in range(repetitions):
        say(f"rollback of Prometheus, {what}, {number + 1} of {repetitions}")
        if not playbook.run(playbook.SITE, change).changed:
            raise BenchError("the deploy that is to be rolled back changed nothing")
        result.take_floor()
        since = first_scrape(prometheus)
        run = playbook.run(ROLLBACK, VARIABLES)
        if not run.changed:
            raise BenchError("the rollback changed nothing")
        result.times.append(run.seconds)
        time.sleep(2 * INTERVAL_SECONDS)
        (samples,) = (found for _, found in prometheus.samples(UP, since - 1, time.time()))
        lost = missed([*(at for at, _ in samples), time.time()])
        worst, misses = max(worst, lost), misses + lost
    how = f"{misses} in {repetitions} rollbacks, the worst of them {worst}"
    return [
        result.row(f"rollback of Prometheus, {what}", LIMIT_FLOORS),
        Row(f"scrapes missed by it, {what}", worst, limit, "", how),
    ]
