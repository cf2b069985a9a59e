# SPDX-License-Identifier: GPL-3.0-or-later
"""`make faults`: strike deploys to a host of its own in every way, judge what is left each time, print one table.

Exit status 0 when every fault that struck was survived, 1 when one was not or a kind never struck, 2 when the harness
could not do its part.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.faults import strikes, table
from tests.faults.changes import CHANGES
from tests.faults.errors import FaultsError
from tests.faults.host import deployed
from tests.faults.kinds import KINDS, Kind
from tests.faults.progress import say
from tests.faults.rig import Fault, Rig
from tests.faults.table import Result

INSTANTS = 100


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of what is random; printed, and drawn when not given")
    parser.add_argument("--sample", type=int, metavar="N", help="that many faults over all kinds")
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="faults whose name, kind/change/detail, begins so"
    )
    parser.add_argument("--instants", type=int, default=INSTANTS, metavar="N", help="random instants at which to kill")
    parser.add_argument("--keep", action="store_true", help="take a host that is there, and leave it there")
    parser.add_argument("--list", action="store_true", help="name the faults that would be tried")
    return parser.parse_args()


def planned(rig: Rig, seed: int, chosen: argparse.Namespace) -> list[Fault]:
    """All faults that were asked for. Each kind and change draws from a generator of its own, so that --only finds the
    instants of a whole run again. A sample has few changes, since each has to be timed and traced."""
    found: list[Fault] = []
    order = [*CHANGES]
    random.Random(seed).shuffle(order)  # noqa: S311 - not for secrets
    for kind in KINDS:
        changes = list(kind.changes)
        if chosen.sample:
            changes = [next(name for name in order if name in kind.changes)]
        for name in changes:
            if any(_may_match(only, kind, name) for only in chosen.only or [""]):
                count = max(1, round(chosen.instants * kind.drawn / len(changes)))
                generator = random.Random(f"{seed} {kind.name} {name}")  # noqa: S311 - not for secrets
                found += kind.faults(rig, generator, CHANGES[name], count)
    found = [fault for fault in found if fault.name.startswith(tuple(chosen.only or [""]))]
    if chosen.sample:
        generator = random.Random(seed)  # noqa: S311 - not for secrets
        found = strikes.sample(generator, found, chosen.sample, lambda fault: fault.kind)
    return found


def _may_match(only: str, kind: Kind, change: str) -> bool:
    """Whether a fault of that kind and change can be meant, so that no other has to be traced."""
    start = f"{kind.name}/{change}/"
    return start.startswith(only) or only.startswith(start)


def run(chosen: argparse.Namespace, seed: int, results: list[Result]) -> None:
    with tempfile.TemporaryDirectory(prefix="aetherlink-faults-") as scratch, deployed(chosen.keep) as host:
        rig = Rig(host, Path(scratch))
        faults = planned(rig, seed, chosen)
        for number, fault in enumerate(faults, start=1):
            say(f"{number} of {len(faults)}: {fault.name}")
            if not chosen.list:
                results.append(rig.try_out(fault))


def end(number: int, _frame: FrameType | None) -> None:
    """A signal ends the harness by an exception, so that its host is removed and the table printed."""
    sys.exit(128 + number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    chosen, start = options(), time.monotonic()
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    say(f"seed {seed}")
    results: list[Result] = []
    try:
        run(chosen, seed, results)
    except FaultsError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        if results:
            print("\n".join(table.lines(results)))
    failed = [result for result in results if result.struck and not result.survived]
    for result in failed:
        print(f"\nnot survived: {result.name}: {result.problems[0].splitlines()[0]}")
        print(f"  again: python -m tests.faults --seed {seed} --only '{result.name}'")
    silent = table.never_struck(results)
    for kind in silent:
        print(f"\nnever struck, so nothing was shown: {kind}")
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    print(f"\nseed {seed}, {minutes} min {seconds} s in all")
    return 1 if failed or silent else 0


if __name__ == "__main__":
    sys.exit(main())
