# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: deploy to a host of its own, measure, print one table.

Exit status 0 when all is within its limit, 1 when something is over, 2 when it could not be measured.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

from tests.bench import (
    alert_path,
    command_center_load,
    host,
    missed_scrapes,
    nothing_changed,
    rollback,
    round_trips,
    target_added,
)
from tests.bench.errors import BenchError
from tests.bench.progress import say
from tests.bench.prometheus import Prometheus
from tests.bench.table import Row, lines

REPETITIONS = 9
TARGETS = 10
ROUNDS_OF_CHANGES = 1
LOAD_SECONDS = 60
DRILLS = 2
ROLLBACKS = 5


def stack() -> list[Row]:
    """What is measured with the whole stack on one host."""
    with host.deployed() as address:
        prometheus = Prometheus(address)
        first_scrape = missed_scrapes.first_scrape(prometheus)
        return [
            *nothing_changed.measure(REPETITIONS),
            *round_trips.measure(),
            *target_added.measure(prometheus, TARGETS),
            missed_scrapes.measure(prometheus, first_scrape, ROUNDS_OF_CHANGES),
            *rollback.measure(prometheus, ROLLBACKS),
            *alert_path.measure(address, DRILLS),
        ]


def command_center() -> list[Row]:
    """What is measured of Command Center alone, once nothing else of the benchmark runs."""
    say(f"Command Center under load, {LOAD_SECONDS} s")
    result = command_center_load.run(LOAD_SECONDS)
    how = f"1 run, {result['scrapes']} scrapes; {result['verticals']} verticals, {result['faulty']} faulty"
    return [Row(*limit, how) for limit in command_center_load.limits(result)]


def end(number: int, _frame: FrameType | None) -> None:
    """A signal ends the benchmark by an exception, so that its host is removed."""
    sys.exit(128 + number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    start, load = time.monotonic(), os.getloadavg()[0]
    try:
        rows = [*stack(), *command_center()]
    except BenchError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    print("\n".join(lines(rows)))
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    print(f"\n{os.cpu_count()} cores, load {load:.1f} before, {minutes} min {seconds} s in all")
    return 1 if any(row.over for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
