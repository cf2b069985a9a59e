# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps are struck, how strace is told, and what a sample is made of."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.faults.strikes import (
    CREATES,
    beside_staging,
    injection,
    instants,
    one_of_each,
    sample,
    since_publish,
    to_fail,
    to_kill,
)
from tests.faults.trace import Event, Step


def seeded():
    return random.Random(1)  # noqa: S311 - not for secrets


ETC = "releases/.stage-ID/etc"


def step(call, place, nth=1, seen=1):
    return Step(call, nth, place, seen)


STEPS = [
    step("mkdir", "releases/.stage-ID"),
    *(
        made
        for number, name in enumerate(("a.yml", "b.yml", "c.yml"), 1)
        for made in (
            step("openat", f"{ETC}/.{name}.new", number),
            step("fchmod", f"{ETC}/.{name}.new", number),
            step("fchown", f"{ETC}/.{name}.new", number),
            step("rename", f"{ETC}/{name}", number),
        )
    ),
    step("rename", "releases/ID", 4),
    step("vfork", "systemctl show", 1),
    step("vfork", "systemctl show", 2, 2),
    step("vfork", "systemctl reload", 3),
    step("vfork", "systemctl show", 4, 3),
    step("write", "journal.jsonl", 9),
]


def test_of_files_that_are_alike_the_first_and_the_last_are_struck():
    assert [s.place for s in one_of_each(STEPS) if s.call == "rename"] == [
        f"{ETC}/a.yml",
        f"{ETC}/c.yml",
        "releases/ID",
    ]


def test_a_step_outside_the_staged_release_is_always_struck():
    lines = [step("write", "journal.jsonl", number, number) for number in (1, 2, 3)]
    assert one_of_each(lines) == lines


def test_a_kill_spares_what_would_be_the_same_kill_again():
    calls = Counter((s.call, s.place) for s in to_kill(STEPS))
    assert not any(call in ("openat", "fchown") for call, _ in calls)
    assert calls["fchmod", f"{ETC}/.a.yml.new"] == 1
    assert calls["vfork", "systemctl show"] == 2, "asked twice in a row, and again after the reload"


def test_only_the_named_calls_are_made_to_fail():
    assert {s.call for s in to_fail(STEPS, CREATES)} == {"mkdir", "openat"}


def test_what_comes_with_and_after_the_publishing():
    assert since_publish(STEPS)[0].place == "releases/ID" and len(since_publish(STEPS)) == 6
    assert since_publish(STEPS[:3]) == []
    assert beside_staging(STEPS) == since_publish(STEPS)


CALLS = ["mkdir", "write", "mkdir", "fsync", "rename", "fsync", "openat", "unlink"]
EVENTS = [Event(call, CALLS[: i + 1].count(call), "", "") for i, call in enumerate(CALLS)]


def test_one_call_fails_alone():
    assert injection(EVENTS, step("fsync", "x", 1), "ENOSPC", onwards=False) == "-e inject=fsync:error=ENOSPC:when=1"


def test_a_full_disk_stays_full_and_still_removes_and_renames():
    options = injection(EVENTS, step("fsync", "x", 1), "ENOSPC", onwards=True)
    assert options == "-e inject=fsync:error=ENOSPC:when=1+ -e inject=mkdir:error=ENOSPC:when=3+"


def test_a_read_only_disk_refuses_all_but_what_also_reads_or_answers():
    options = injection(EVENTS, step("mkdir", "x", 2), "EROFS", onwards=True)
    assert "-e inject=mkdir:error=EROFS:when=2+" in options
    assert "-e inject=rename:error=EROFS:when=1+" in options and "unlink" in options
    assert "openat" not in options and "write" not in options


def test_instants_are_uniform_over_the_parts_of_a_deploy():
    drawn = instants(seeded(), [1.0, 3.0], 4000)
    parts = Counter(part for part, _ in drawn)
    assert parts.keys() == {1, 2} and 2700 < parts[2] < 3300
    assert all(0 <= seconds <= (1.0, 3.0)[part - 1] for part, seconds in drawn)
    assert drawn == instants(seeded(), [1.0, 3.0], 4000)


@pytest.mark.parametrize("count", [3, 5, 100])
def test_a_sample_is_of_every_kind_and_the_same_for_a_seed(count):
    faults = [f"{kind}{number}" for kind in "abc" for number in range(10)]
    chosen = sample(seeded(), faults, count, lambda fault: fault[0])
    assert len(chosen) == len(set(chosen)) == min(count, 30)
    assert {fault[0] for fault in chosen} == {*"abc"}
    assert chosen == sample(seeded(), faults, count, lambda fault: fault[0])


def test_a_sample_goes_on_when_a_kind_has_no_more():
    assert len(sample(seeded(), ["a1", "b1", "b2", "b3"], 4, lambda fault: fault[0])) == 4
