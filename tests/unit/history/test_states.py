# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a release, and why it is in it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import journal
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.journal import leaves
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.states import moment, reason, state

from .conftest import facts

ONE, TWO, THREE = (facts(number)["id"] for number in (1, 2, 3))
ELSEWHERE = THREE
"""What is active in most of these."""


def event(name: str, release: str = TWO, **fields: Any) -> dict[str, Any]:
    return {"event": name, "release": release, "time": "2026-02-01T10:00:05+00:00", "by": "alice@control", **fields}


STAGED = [event("staged"), event("switching", previous=ONE)]
PROVEN = [*STAGED, event("activated")]
FAILED = [*STAGED, event("failed", why="it stops. "), event("switched_back", ONE, bad=TWO, why="it stops")]
FORTH = [*PROVEN, event("rolled_back", THREE, left=TWO)]
PASSED = [*PROVEN, event("rolled_back", ONE, left=THREE, why="too slow", by="bob@control")]
NEVER_LEFT = [*STAGED, event("rolled_back", ONE, left=THREE)]
LEFT = [*PROVEN, event("rolled_back", ONE, left=TWO, why="too slow", by="bob@control")]


def left(events: list[dict[str, Any]]) -> list[str]:
    """As the journal says."""
    found: set[str] = set()
    for one in events:
        found |= {TWO} if leaves(one, TWO) else set()
        found -= {one["release"]} if one["event"] in journal.HEALTHY_EVENTS else set()
    return sorted(found)


@pytest.mark.parametrize(
    ("events", "active", "word"),
    [
        (FORTH, ELSEWHERE, "healthy"),
        (PASSED, ELSEWHERE, "rolled back"),
        (NEVER_LEFT, ELSEWHERE, "never healthy"),
        ([*FAILED, event("rolled_back", ONE, left=THREE)], ELSEWHERE, "failed"),
        (PROVEN, TWO, "active"),
        (STAGED, TWO, "active"),
        (PROVEN, ELSEWHERE, "healthy"),
        ([*STAGED, event("switched_back", bad=THREE)], ELSEWHERE, "healthy"),
        ([*FAILED, event("rolled_back", left=THREE)], ELSEWHERE, "healthy"),
        (FAILED, ELSEWHERE, "failed"),
        ([*PROVEN, event("failed")], ELSEWHERE, "failed"),
        (LEFT, ELSEWHERE, "rolled back"),
        ([*LEFT, event("activated")], ELSEWHERE, "healthy"),
        ([*PROVEN, event("rollback_failed")], ELSEWHERE, "healthy"),
        ([*PROVEN, event("held"), event("unheld")], ELSEWHERE, "healthy"),
        (STAGED, ELSEWHERE, "never healthy"),
        ([], ELSEWHERE, "never healthy"),
    ],
)
def test_the_state_is_what_the_journal_says_last(events: list[dict[str, Any]], active: str, word: str) -> None:
    assert state(facts(events=events), active, left(events)) == word


@pytest.mark.parametrize("events", [PROVEN, FAILED, LEFT, []])
def test_what_is_not_on_the_host_any_more_was_pruned(events: list[dict[str, Any]]) -> None:
    assert state(facts(events=events, kept=False), ELSEWHERE, []) == "pruned"


def test_what_the_check_refused_was_never_there() -> None:
    refused = facts(events=[event("refused", why="promtool refused the release: line 3")], kept=False)

    assert state(refused, ELSEWHERE, []) == "refused"
    assert reason(refused, ELSEWHERE, []) == "promtool refused the release: line 3"


def test_what_has_lost_its_json_is_damaged() -> None:
    assert state(facts(events=PROVEN, damaged=True), ELSEWHERE, []) == "damaged"


@pytest.mark.parametrize(
    ("events", "active", "why"),
    [
        (PROVEN, TWO, ""),
        (PROVEN, ELSEWHERE, ""),
        (FAILED, ELSEWHERE, f"it stops; switched back to {ONE}"),
        (
            [*STAGED, event("failed", why="a\nb"), event("stopped")],
            "",
            "a b; stopped, with no earlier release to go back to",
        ),
        ([*STAGED, event("failed", why="it stops")], ELSEWHERE, "it stops"),  # the switch back did not prove either
        (FORTH, ELSEWHERE, ""),
        (
            PASSED,
            ELSEWHERE,
            f"bob@control passed it over, going back from {THREE} to {ONE} on 2026-02-01 10:00: too slow",
        ),
        (LEFT, ELSEWHERE, f"bob@control left it for {ONE} on 2026-02-01 10:00: too slow"),
        (
            [*PROVEN, event("rolled_back", left=THREE, why="")],
            TWO,
            f"alice@control went back to it from {THREE} on 2026-02-01 10:00",
        ),
        (
            [*PROVEN, event("switched_back", bad=THREE)],
            TWO,
            f"it came back on 2026-02-01 10:00, when {THREE} failed",
        ),
        ([*PROVEN, event("switched_back", bad=THREE)], ELSEWHERE, ""),
        (STAGED, TWO, "the switch to it on 2026-02-01 10:00 has not passed its health check yet"),
        (
            [*PROVEN, event("switching")],
            TWO,
            "the switch to it on 2026-02-01 10:00 has not passed its health check yet",
        ),
        (
            [*PROVEN, event("switching"), event("rollback_failed", why="it does not answer")],
            ELSEWHERE,
            "a rollback to it failed on 2026-02-01 10:00: it does not answer",
        ),
        ([*PROVEN, event("rollback_failed", why="x"), event("activated")], ELSEWHERE, ""),
    ],
)
def test_the_reason_is_told_with_what_came_of_it(events: list[dict[str, Any]], active: str, why: str) -> None:
    assert reason(facts(events=events), active, left(events)) == why


def test_a_part_that_went_back_is_told_as_a_part() -> None:
    composed = {"part": "rules", "of": ONE, "with": THREE}
    events = [*PROVEN, event("rolled_back", left=THREE, why="noise")]

    assert reason(facts(events=events, composed=composed), TWO, []) == (
        f"alice@control took rules back to {ONE} on 2026-02-01 10:00: noise"
    )


def test_a_pruned_release_still_says_why_it_failed() -> None:
    assert reason(facts(events=FAILED, kept=False), ELSEWHERE, []).startswith("it stops")


@pytest.mark.parametrize(
    ("time", "shown"),
    [("2026-02-01T10:00:05+00:00", "2026-02-01 10:00"), ("", "an unknown day"), (None, "an unknown day")],
)
def test_times_are_shown_to_the_minute(time: str | None, shown: str) -> None:
    assert moment(time) == shown
