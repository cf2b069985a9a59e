# SPDX-License-Identifier: GPL-3.0-or-later
"""A drill's timeline: what the settings account for between two steps, and what is left as the system's own delay."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill import timeline
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill.notification_timing import Window
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill.timeline import Step, Timeline

START = 1_000_000.0
SLACK = Window("slack-dev", "slack", 30, 300, True)
FACTS: dict[str, Any] = {
    "scrape": {"interval": 15, "last": START - 3},  # next at 12, 27, 42
    "rule": {"for": 40, "interval": 15, "last": START - 5},  # next at 10, 25, 40
    "last_poll": START - 6,  # next at 9
}


@pytest.fixture
def line() -> Timeline:
    """crm goes down; every component does its part half a second after the settings let it."""
    made = Timeline(START)
    made.begin("started", START)
    made.expect(timeline.cause("outage", "crm", FACTS, 15))
    made.expect(timeline.notifications([SLACK]))
    for name, at in {
        "noticed": 9.5,
        "flipped": 12.5,
        "pending": 25.5,
        "firing": 71,  # for is counted in evaluations: 45 s
        "received": 71.5,
        "notified:slack-dev/slack": 102,
    }.items():
        made.seen[name] = START + at
    return made


def test_each_step_is_divided_into_settings_and_own_delay(line: Timeline) -> None:
    divided = {name: (line.event(name)["settings"], line.event(name)["own"]) for name in line.steps}

    assert divided == {
        "noticed": (9, 0.5),
        "flipped": (2.5, 0.5),
        "pending": (12.5, 0.5),
        "firing": (45, 0.5),
        "received": (0, 0.5),
        "notified:slack-dev/slack": (30, 0.5),
    }
    assert line.event("notified:slack-dev/slack")["at"] == 102


def test_the_own_delay_to_a_receiver_is_that_of_the_whole_way(line: Timeline) -> None:
    assert line.own("notified:slack-dev/slack") == 3.0


def test_a_step_that_misses_its_turn_is_not_excused_by_the_next_one() -> None:
    step = Step("flipped", "noticed", "", wait=15, every=15, since=START)

    assert step.settings(START + 1, START + 15.5) == 14
    assert step.settings(START + 1, START + 45.5) == 15  # at most one interval; the rest is its own


def test_a_turn_that_comes_a_moment_early_is_that_turn() -> None:
    step = Step("flipped", "noticed", "", wait=15, every=15, since=START)

    assert step.settings(START + 8.7, START + 14.99) == pytest.approx(6.29)
    assert step.settings(START + 8.7, START + 14.2) == 0  # that is no turn


def test_what_comes_before_its_turn_has_no_negative_delay() -> None:
    made = Timeline(START)
    made.begin("started", START)
    made.expect([Step("notified:a", "started", "a is told", wait=30)])
    made.seen["notified:a"] = START + 29.8

    assert (made.event("notified:a")["settings"], made.event("notified:a")["own"]) == (29.8, 0)


def test_a_step_is_late_when_its_settings_and_the_patience_are_over(line: Timeline) -> None:
    del line.seen["notified:slack-dev/slack"]

    assert line.awaited() == ["notified:slack-dev/slack"]
    assert line.late(START + 71.5 + 30 + 9, patience=10) is None
    late = line.late(START + 71.5 + 30 + 11, patience=10)
    assert late and late.says == "slack-dev is notified by slack"


def test_a_step_whose_step_before_is_not_seen_is_not_late(line: Timeline) -> None:
    for name in ("received", "notified:slack-dev/slack"):
        del line.seen[name]

    assert [late.name for at in (80, 200) if (late := line.late(START + at, patience=10))] == ["received"]


def test_the_end_is_told_at_the_groups_intervals_after_its_first_message(line: Timeline) -> None:
    line.begin("ended", START + 110)
    line.expect(timeline.over("outage", "crm", FACTS, 15, START + 110))
    line.expect(timeline.resolved_notifications([SLACK], line.seen))
    for name, at in {"answers": 114.1, "recovered": 117.2, "resolved": 130.1, "closed": 130.2}.items():
        line.seen[name] = START + at
    line.seen["resolved:slack-dev/slack"] = START + 402.4

    assert [line.event(name)["own"] for name in ("answers", "recovered", "resolved", "closed")] == [0.1, 0.2, 0.1, 0.1]
    over = line.event("resolved:slack-dev/slack")
    assert (over["settings"], over["own"]) == (271.8, 0.4)
    assert line.own("resolved:slack-dev/slack") == 0.9


def test_a_synthetic_alert_goes_straight_to_alertmanager() -> None:
    assert [step.name for step in timeline.cause("synthetic", "", {}, 15)] == ["received"]
    assert [step.name for step in timeline.over("synthetic", "", {}, 15, START)] == ["closed"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(15, "15 s"), (60, "1 min"), (300, "5 min"), (90, "90 s"), (0.5, "0.5 s")]
)
def test_durations_are_shown_as_people_say_them(seconds: float, text: str) -> None:
    assert timeline.shown(seconds) == text
