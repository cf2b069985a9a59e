# SPDX-License-Identifier: GPL-3.0-or-later
"""How many scrapes of Command Center are missed while its scrape configuration changes, by Prometheus's own data.

Both sides change: the job in Prometheus and what is around it, and Command Center's own configuration. Afterwards the
raw samples of the whole time are read: each scrape leaves one of `up` and one of `aether_service_up` for each vertical.

A scrape is missed where more than an interval passes without one. Another scrape timeout makes another target in
Prometheus, whose place in the interval follows from its labels: the last scrape in the old place and the first in the
new one are up to two intervals apart, and none was due between them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import yaml

from tests.bench import playbook
from tests.bench.errors import BenchError
from tests.bench.progress import say
from tests.bench.prometheus import Prometheus
from tests.bench.table import Row

LIMIT = 0
INTERVAL_SECONDS = 15.0
DISCOVERY_SECONDS = 6.0  # Prometheus takes up to 5 s from a reload to the targets
JOB = "aetherlink-command-center"
UP = f'up{{job="{JOB}",instance="{playbook.HOST}:8010"}}'
SERVICE_UP = f'aether_service_up{{job="{JOB}",instance="{playbook.HOST}:8010"}}'
VARIABLES = playbook.ROOT / "inventories/dev/group_vars/all/main.yml"


def changes() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """What is deployed one after the other, each on inventories/dev alone, and whether it makes another target."""
    job = {"job_name": JOB, "groups": ["command_center"], "port": 8010}
    other = {"job_name": "bench", "scrape_interval": "5s", "static_configs": [{"targets": ["127.0.0.1:8101"]}]}
    verticals = yaml.safe_load(VARIABLES.read_text())["command_center_verticals"]
    new = {"name": "bench", "group": "demo_verticals", "port": 8101, "path": "/stats"}
    yield "a job beside it", {"prometheus_scrape_jobs": [other]}, False
    yield "its timeout", {"prometheus_scrape_jobs": [{**job, "scrape_timeout": "9s"}]}, True
    yield (
        "a target that is down",
        {"prometheus_scrape_jobs": [{**job, "static_configs": [{"targets": ["127.0.0.1:20000"]}]}]},
        True,  # the timeout is the old one again
    )
    yield "its sample limit", {"prometheus_scrape_jobs": [{**job, "sample_limit": 5000}]}, False
    yield "a vertical", {"command_center_verticals": [*verticals, new]}, False
    yield "Command Center's timeout", {"command_center_timeout": "9s"}, False
    yield "both sides", {"command_center_verticals": [*verticals, new], "prometheus_scrape_jobs": [other]}, False
    yield "all taken back", {}, False


def first_scrape(prometheus: Prometheus) -> float:
    """Wait for a good scrape; its time."""
    for _ in range(60):
        now = time.time()
        for _labels, samples in prometheus.samples(UP, now - INTERVAL_SECONDS, now):
            if samples and samples[-1][1] == 1:
                return samples[-1][0]
        time.sleep(1)
    raise BenchError("Prometheus did not scrape Command Center within a minute")


def measure(prometheus: Prometheus, since: float, rounds: int) -> Row:
    """Deploy the changes and count from ``since``, the time of a good scrape."""
    steps = [step for _ in range(rounds) for step in changes()]
    moves = []
    for number, (what, variables, moved) in enumerate(steps, start=1):
        say(f"scrape configuration changes, {number} of {len(steps)}: {what}")
        start = time.time()
        if not playbook.run(playbook.SITE, variables).changed:
            raise BenchError(f"the deploy that should change the scrape configuration ({what}) changed nothing")
        if moved:
            moves.append((start, time.time() + DISCOVERY_SECONDS))
        # Each change meets a whole interval of its own, at another place in it.
        time.sleep(random.uniform(1, 2) * INTERVAL_SECONDS)  # noqa: S311 - not for secrets
    time.sleep(2 * INTERVAL_SECONDS)
    return _judge(prometheus, since, moves, len(steps))


def _judge(prometheus: Prometheus, since: float, moves: list[tuple[float, float]], steps: int) -> Row:
    until = time.time()
    series = prometheus.samples(UP, since - 1, until)
    if len(series) != 1:
        raise BenchError(f"{UP} is {len(series)} series in Prometheus where one was expected")
    scrapes = series[0][1]
    times = [at for at, _ in scrapes]
    verticals = {
        labels["service"]: [at for at, _ in samples]
        for labels, samples in prometheus.samples(SERVICE_UP, since - 1, until)
        if labels["service"] != "bench"
    }
    failed = sum(value != 1 for _, value in scrapes)
    lacking = [name for name, seen in verticals.items() if seen != times]
    late = missed([*times, until], moves)
    gaps = [after - before for before, after in pairwise(times)]
    how = (
        f"{len(scrapes)} scrapes over {steps} changes and added targets; gaps {min(gaps):.1f} to {max(gaps):.1f} s, "
        f"{late} missed, {failed} failed, {len(lacking)} of {len(verticals)} verticals lacking in one"
    )
    return Row("Command Center scrapes missed", late + failed + len(lacking), LIMIT, "", how)


def missed(
    times: Sequence[float], moves: Sequence[tuple[float, float]] = (), interval: float = INTERVAL_SECONDS
) -> int:
    """How many more scrapes were due between those of ``times`` (seconds, ascending).

    moves: from when to when the target became another, which may take the next scrape an interval further.
    """
    late = 0
    for before, after in pairwise(times):
        moved = any(start < after and before < end for start, end in moves)
        late += max(0, round((after - before) / interval) - (2 if moved else 1))
    return late
