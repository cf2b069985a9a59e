# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge finds each thing that must not be, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.changes import CHANGES
from tests.faults.judge import (
    Lost,
    Verdict,
    after_the_fault,
    after_the_next_run,
    lost_on_disk,
    lost_samples,
    lost_scrapes,
    settled,
)

RELOAD, RESTART, FIRST = (CHANGES[n] for n in ("prometheus-target", "prometheus-flag", "command_center-first"))
OLD, NEW = "0003-00000003", "0004-00000004"
BEFORE = Verdict(
    current=OLD,
    trouble=[],
    entrances=[],
    releases=["0001-00000001", "0002-00000002", OLD],
    running=[OLD],
    active=True,
    state="active (running)",
    enabled=True,
    invocation="one",
    journal=["a", "b"],
    strays=[],
    orphans=[],
)
AFTER = replace(BEFORE, current=NEW, running=[NEW], releases=["0002-00000002", OLD, NEW], journal=["a", "b", "c"])


@pytest.mark.parametrize("seen", [BEFORE, AFTER, replace(AFTER, running=[OLD])])
def test_the_old_release_or_the_new_one_is_well(seen):
    assert after_the_fault(BEFORE, seen, RELOAD, harmed=False) == []


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (replace(AFTER, trouble=["etc/x is not what release.json says"]), "is not whole: etc/x"),
        (replace(AFTER, current=""), "no release is active"),
        (replace(AFTER, active=False, state="failed (failed)"), "not up: failed"),
        (replace(AFTER, running=[]), "answers for no release"),
        (replace(AFTER, running=["0002-00000002"]), "neither the old release nor a new one"),
        (replace(AFTER, invocation="two"), "was restarted"),
    ],
)
def test_what_must_not_be_after_a_fault(seen, told):
    (found,) = after_the_fault(BEFORE, seen, RELOAD, harmed=False)
    assert told in found


def test_a_restart_is_no_fault_of_a_deploy_that_needs_one_or_of_a_service_that_was_killed():
    assert after_the_fault(BEFORE, replace(AFTER, invocation="two"), RESTART, harmed=False) == []
    assert after_the_fault(BEFORE, replace(AFTER, invocation="two"), RELOAD, harmed=True) == []


def test_a_first_deploy_may_have_left_nothing_but_nothing_half():
    nothing = replace(BEFORE, current="", releases=[], running=[], active=False)
    assert after_the_fault(nothing, nothing, FIRST, harmed=False) == []
    assert after_the_fault(nothing, replace(nothing, current=NEW, trouble=["x"]), FIRST, harmed=False)


def test_the_next_run_has_made_all_well():
    assert after_the_next_run(BEFORE, AFTER, RELOAD, harmed=False) == []
    assert after_the_next_run(BEFORE, replace(AFTER, invocation="two"), RESTART, harmed=False) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"trouble": ["bin leads to no program"]}, "bin leads to no program"),
        ({"entrances": ["/etc/x does not lead there"]}, "/etc/x"),
        ({"current": ""}, "no release is active"),
        ({"current": OLD, "running": [OLD]}, "left the old release"),
        ({"active": False}, "not up or not enabled"),
        ({"enabled": False}, "not up or not enabled"),
        ({"running": [OLD]}, "the service runs"),
        ({"running": []}, "none that is known"),
        ({"invocation": "two"}, "was restarted"),
        ({"strays": ["/var/tmp/x.pyz"]}, "left behind: /var/tmp/x.pyz"),
        ({"orphans": ["17 amtool"]}, "left running: 17 amtool"),
    ],
)
def test_what_must_not_be_after_the_next_run(change, told):
    (found,) = after_the_next_run(BEFORE, replace(AFTER, **change), RELOAD, harmed=False)
    assert told in found


def test_a_change_that_needs_a_restart_and_got_none():
    assert after_the_next_run(BEFORE, AFTER, RESTART, harmed=False) == [
        "the service was not restarted, which the change needs"
    ]


def test_what_was_there_before_the_fault_is_not_laid_to_it():
    stray = replace(BEFORE, strays=["/var/tmp/x"], orphans=["1 y"])
    assert after_the_next_run(stray, replace(AFTER, strays=["/var/tmp/x"], orphans=["1 y"]), RELOAD, harmed=False) == []


def test_settled_once_the_service_answers_for_a_release():
    assert settled(AFTER, RELOAD)
    assert not settled(replace(AFTER, running=[]), RELOAD)
    assert not settled(replace(AFTER, active=False, running=[]), RELOAD)
    assert settled(replace(AFTER, active=False, running=[]), FIRST)


def test_journal_lines_that_changed_or_went_are_lost():
    assert lost_on_disk(BEFORE, AFTER) == Lost()
    assert lost_on_disk(BEFORE, replace(AFTER, journal=["a"])).lines == 1
    assert lost_on_disk(BEFORE, replace(AFTER, journal=["x", "b", "c"])).lines == 2


def test_a_release_that_was_due_to_go_is_not_lost():
    assert lost_on_disk(BEFORE, AFTER).releases == 0
    assert lost_on_disk(BEFORE, replace(AFTER, releases=["0001-00000001", OLD, NEW])).releases == 1


@pytest.mark.parametrize(
    ("times", "until", "expected"),
    [
        ([0, 2, 4], 5.9, (0, 2.0)),
        ([0, 2, 6.0], 7, (0, 4.0)),  # one scrape missed: two intervals
        ([0, 2, 8.0], 9, (1, 6.0)),
        ([0, 2, 4], 14, (3, 10.0)),  # a gap that is not over
        ([], 5, (0, 0.0)),
    ],
)
def test_scrapes_beyond_a_gap_of_two_intervals_are_lost(times, until, expected):
    assert lost_scrapes(times, until, 2.0) == expected


def test_samples_that_are_gone_are_lost():
    assert lost_samples([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]) == 1


def test_what_was_lost_is_told_and_summed():
    assert str(Lost()) == "none"
    assert str(Lost(1, 2) + Lost(1, 0, 3, 4)) == "2 samples, 2 scrapes, 3 journal lines, 4 releases"
