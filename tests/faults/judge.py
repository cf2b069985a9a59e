# SPDX-License-Identifier: GPL-3.0-or-later
"""Did the host survive? Pure: from what on_host/verdict.py and Prometheus say before and after to sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.faults.changes import Change

KEEP = 3  # releases, by the inventory
ROUNDING = 0.1  # seconds; scrapes are stamped by the millisecond, and start when a thread gets its turn


@dataclass(frozen=True)
class Verdict:
    """What on_host/verdict.py found.

    current: the active release, empty when none. trouble: what is not whole about it. entrances: why systemd or people
    do not find it. releases: all that are on disk. running: those that the process runs, by its own word and its
    command line. active, enabled, state, invocation: systemd's. journal: its lines. strays: files that no finished run
    leaves. orphans: programs of components outside of any service.
    """

    current: str
    trouble: list[str]
    entrances: list[str]
    releases: list[str]
    running: list[str]
    active: bool
    state: str
    enabled: bool
    invocation: str
    journal: list[str]
    strays: list[str]
    orphans: list[str]


@dataclass(frozen=True)
class Lost:
    """Samples of Command Center's own series, scrapes beyond those that a reload may cost, journal lines, releases."""

    samples: int = 0
    scrapes: int = 0
    lines: int = 0
    releases: int = 0

    def __str__(self) -> str:
        counts = [(self.samples, "samples"), (self.scrapes, "scrapes"), (self.lines, "journal lines")]
        counts.append((self.releases, "releases"))
        return ", ".join(f"{count} {what}" for count, what in counts if count) or "none"

    def __add__(self, other: Lost) -> Lost:
        return Lost(
            self.samples + other.samples,
            self.scrapes + other.scrapes,
            self.lines + other.lines,
            self.releases + other.releases,
        )


def settled(seen: Verdict, change: Change) -> bool:
    """Whether nothing is left to wait for: the service runs a release, or (a first deploy) there was none to run."""
    return bool(seen.active and seen.running) or (change.first and not seen.active)


def after_the_fault(before: Verdict, seen: Verdict, change: Change, harmed: bool) -> list[str]:
    """What is wrong right after it. harmed: the fault was to the service itself or to the whole host."""
    found = [f"the active release {seen.current} is not whole: {trouble}" for trouble in seen.trouble]
    if change.first:
        return found  # nothing was there before, and nothing may be there yet
    if not seen.current:
        return [*found, "no release is active"]
    if not seen.active:
        return [*found, f"the service is not up: {seen.state}"]
    if not seen.running:
        return [*found, "the service answers for no release: it runs none whole, or does not answer"]
    known = {before.current, *(set(seen.releases) - set(before.releases))}
    if not known & set(seen.running):
        found.append(f"the service runs {seen.running}, which is neither the old release nor a new one")
    if not harmed and not change.restart and seen.invocation != before.invocation:
        found.append("the service was restarted, where a reload is all that the change needs")
    return found


def after_the_next_run(before: Verdict, seen: Verdict, change: Change, harmed: bool) -> list[str]:
    """What is wrong after the run that follows, which nothing disturbed."""
    found = [f"the active release {seen.current} is not whole: {trouble}" for trouble in seen.trouble]
    found += seen.entrances
    if not seen.current:
        return [*found, "no release is active after the next run"]
    if seen.current in before.releases:
        found.append(f"the next run left the old release {seen.current} active")
    if not seen.active or not seen.enabled:
        found.append(f"the service is not up or not enabled after the next run: {seen.state}")
    elif seen.current not in seen.running:
        found.append(f"release {seen.current} is active, and the service runs {seen.running or 'none that is known'}")
    if change.restart and seen.invocation == before.invocation:
        found.append("the service was not restarted, which the change needs")
    if not harmed and not change.restart and seen.invocation != before.invocation:
        found.append("the service was restarted, where a reload is all that the change needs")
    found += [f"left behind: {path}" for path in seen.strays if path not in before.strays]
    found += [f"left running: {process}" for process in seen.orphans if process not in before.orphans]
    return found


def lost_on_disk(before: Verdict, after: Verdict) -> Lost:
    """Journal lines that were there and are not, and releases that are gone without having been due."""
    kept = 0
    for was, now in zip(before.journal, after.journal, strict=False):
        if was != now:
            break
        kept += 1
    newest = sorted({*before.releases, *after.releases})[-KEEP:]
    gone = [name for name in before.releases if name in newest and name not in after.releases]
    return Lost(lines=len(before.journal) - kept, releases=len(gone))


def lost_scrapes(times: Sequence[float], until: float, interval: float) -> tuple[int, float]:
    """Scrapes that are missing beyond a gap of two intervals, and the longest gap in seconds.

    times: of the good samples, ascending, from the last one before the fault. until: now; a gap may not be over yet.
    """
    gaps = [after - before for before, after in pairwise([*times, until])]
    beyond = [gap for gap in gaps if gap > 2 * interval + ROUNDING]
    return sum(max(1, round(gap / interval) - 2) for gap in beyond), max(gaps, default=0.0)


def lost_samples(before: Sequence[float], after: Sequence[float]) -> int:
    """How many of the samples that were there before, by their times in seconds, are not there any more."""
    return len(set(before) - set(after))
