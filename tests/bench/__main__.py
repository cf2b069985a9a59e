# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: deploy to a host of its own, measure, print one table. Exit status 1 when a limit is passed."""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

from tests.bench import command_center_load, host, missed_scrapes, nothing_changed, round_trips, target_added
from tests.bench.errors import BenchError
from tests.bench.prometheus import Prometheus
from tests.bench.progress import say
from tests.bench.table import Row, lines

REPETITIONS = 9
TARGETS = 10
CHANGE_ROUNDS = 2
LOAD_SECONDS = 60


def stack() -> list[Row]:
    """What is measured on the host with the whole stack."""
    with host.deployed() as address:
        prometheus = Prometheus(address)
        since = missed_scrapes.first_scrape(prometheus)
        return [
            nothing_changed.measure(REPETITIONS),
            target_added.measure(prometheus, TARGETS),
            *round_trips_after_return(),
            missed_scrapes.measure(prometheus, since, CHANGE_ROUNDS),
        ]
