# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses where to strike: from the steps of a deploy, and from all faults for a sample. Pure, and seeded."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.faults.trace import MODES, NAMES, Event, Step

T = TypeVar("T")
OPENS = ("open", "openat")
WRITES = (*OPENS, *NAMES, *MODES, "write", "pwrite64", "fsync", "fdatasync", "ftruncate")
CREATES = (*OPENS, "mkdir", "mkdirat", "symlink", "symlinkat")  # what takes an inode
ON_A_FULL_DISK = (*OPENS, "write", "pwrite64", "fsync", "fdatasync", "mkdir", "mkdirat", "symlink", "symlinkat")
# Never failing from some point on: opening also reads, and writing also answers the controller.
ONCE = (*OPENS, "write")
# What is written one like the other: the configuration files of a release.
SIBLINGS = re.compile(r"(?<=releases/\.stage-ID/etc/).*?(?=(?:\.new)?$)")


def to_kill(steps: Sequence[Step]) -> list[Step]:
    """Where a kill differs from one at the step before. A new file is killed where its mode is set: just made."""
    found: list[Step] = []
    last: Step | None = None
    for step in one_of_each(steps):
        asked_again = last and step.starts and (last.call, last.place) == (step.call, step.place)
        if not asked_again and step.call not in {*OPENS, *MODES} - {"fchmod"}:
            found.append(step)
        last = step
    return found


def to_fail(steps: Sequence[Step], calls: Sequence[str]) -> list[Step]:
    return [step for step in one_of_each(steps) if step.call in calls]


def one_of_each(steps: Sequence[Step]) -> list[Step]:
    """All steps, but of those that differ in the file of the staged configuration alone the first and the last.

    Each is the same code in the same state: nothing but more or fewer files under a name that is swept.
    """
    groups: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        staged = step.place.startswith("releases/.stage-ID")
        groups.setdefault((step.call, SIBLINGS.sub("*", step.place) if staged else step.name), []).append(step)
    kept = {step for group in groups.values() for step in (group[0], group[-1])}
    return [step for step in steps if step in kept]


def beside_staging(steps: Sequence[Step]) -> list[Step]:
    """Without what is done below a staging name, which is the same code for every component."""
    return [step for step in steps if not step.place.startswith("releases/.stage-ID")]


def since_publish(steps: Sequence[Step]) -> list[Step]:
    """From the rename that gives the release its name; until then nothing that runs can be harmed."""
    published = [
        index
        for index, step in enumerate(steps)
        if step.call.startswith("rename") and re.fullmatch(r"releases/ID", step.place)
    ]
    return list(steps[published[0] :]) if published else []


def injection(events: Sequence[Event], at: Step, error: str, onwards: bool) -> str:
    """strace's options for a call that fails, and onwards for what else would fail on the same disk after it.

    events: all calls of a good deploy. error: EROFS, or what a disk says that takes no more, but removes and renames.
    """
    options = [f"-e inject={at.call}:error={error}:when={at.nth}{'+' if onwards and at.call not in ONCE else ''}"]
    if onwards:
        before: Counter[str] = Counter()
        for event in events:
            if (event.call, event.nth) == (at.call, at.nth):
                break
            before[event.call] += 1
        later = {event.call for event in events} & {*(WRITES if error == "EROFS" else ON_A_FULL_DISK)}
        for call in sorted(later - {at.call, *ONCE}):
            options.append(f"-e inject={call}:error={error}:when={before[call] + 1}+")
    return " ".join(options)


def instants(generator: random.Random, durations: Sequence[float], count: int) -> list[tuple[int, float]]:
    """Random instants, uniform over the time that a deploy's parts take: the part, from 1, and seconds into it."""
    found = []
    for _ in range(count):
        at = generator.uniform(0, sum(durations))
        part = 0
        while part < len(durations) - 1 and at >= durations[part]:
            at -= durations[part]
            part += 1
        found.append((part + 1, at))
    return found


def sample(generator: random.Random, faults: Sequence[T], count: int, kind: Callable[[T], str]) -> list[T]:
    """That many faults over all kinds: one of each kind in turn, in a random order, until there are enough."""
    kinds: dict[str, list[T]] = {}
    for fault in faults:
        kinds.setdefault(kind(fault), []).append(fault)
    for of_kind in kinds.values():
        generator.shuffle(of_kind)
    order = list(kinds)
    generator.shuffle(order)
    chosen: list[T] = []
    while len(chosen) < min(count, len(faults)):
        for name in order:
            if kinds[name] and len(chosen) < count:
                chosen.append(kinds[name].pop())
    return chosen
