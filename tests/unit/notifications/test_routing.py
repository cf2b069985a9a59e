# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing tests, asked of a running Alertmanager: each kind holds where it should, and says what it found otherwise."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications import routing
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.sinks import Sinks

CONFIG: dict[str, Any] = {
    "global": {"slack_api_url": "https://hooks.slack.example/secret"},
    "templates": ["/nowhere/*.tmpl"],
    "receivers": [{"name": "chat", "slack_configs": [{"channel": "#dev"}]}, {"name": "oncall"}, {"name": "office"}],
    "route": {
        "receiver": "chat",
        "group_by": ["env", "alertname"],
        "group_wait": "30s",
        "routes": [
            {"receiver": "oncall", "matchers": ['severity="critical"'], "continue": True},
            {
                "receiver": "office",
                "matchers": ['env="prod"'],
                "group_by": ["env"],
                "active_time_intervals": ["worktime"],
            },
        ],
    },
    "inhibit_rules": [
        {"source_matchers": ['alertname="HostDown"'], "target_matchers": ['severity="warning"'], "equal": ["instance"]}
    ],
    "time_intervals": [
        {
            "name": "worktime",
            "time_intervals": [
                {
                    "times": [{"start_time": "08:00", "end_time": "18:00"}],
                    "weekdays": ["monday", "tuesday"],
                    "location": "Europe/Berlin",
                }
            ],
        }
    ],
}
DEV = {"alertname": "Slow", "env": "dev", "severity": "warning", "instance": "a"}
PROD = {**DEV, "env": "prod"}
CRITICAL = {**PROD, "severity": "critical"}
HOST_DOWN = {"alertname": "HostDown", "instance": "a", "severity": "critical"}


def story(alert: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"name": "t", "alert": alert, **more}


def problems(programs: Path, *tests: dict[str, Any]) -> list[str]:
    return routing.problems(programs / "alertmanager", CONFIG, list(tests), getpass.getuser())


def test_tests_that_hold_say_nothing(programs: Path) -> None:
    assert (
        problems(
            programs,
            story(DEV, receivers=["chat"]),
            story(CRITICAL, receivers=["office", "oncall"]),
            story(DEV, firing=[HOST_DOWN], inhibited=True),
            story({**DEV, "instance": "b"}, firing=[HOST_DOWN], inhibited=False),
            story(PROD, firing=[{**PROD, "alertname": "Late"}], grouped=True),
            story(DEV, firing=[{**DEV, "alertname": "Late"}], grouped=False),
        )
        == []
    )


def test_each_test_that_does_not_hold_is_a_sentence(programs: Path) -> None:
    assert problems(
        programs,
        story(DEV, receivers=["oncall", "office"]),
        story(CRITICAL, receivers=[]),
        story({**DEV, "instance": "b"}, firing=[HOST_DOWN], inhibited=True),
        story(DEV, firing=[HOST_DOWN], inhibited=False),
        story(DEV, firing=[{**DEV, "alertname": "Late"}], grouped=True),
        story(PROD, firing=[{**PROD, "alertname": "Late"}], grouped=False),
    ) == [
        'routing test "t": goes to chat, not to office, oncall',
        'routing test "t": goes to office, oncall, not to nobody',
        'routing test "t": is not inhibited by what fires with it',
        'routing test "t": is inhibited by what fires with it',
        'routing test "t": does not come in one message with what fires with it',
        'routing test "t": comes in one message with what fires with it',
    ]


# A Monday; Berlin is one hour before UTC.
OPEN, CLOSED, SUNDAY = "2026-11-30T16:30:00Z", "2026-11-30T17:30:00Z", "2026-11-29T12:00:00+01:00"


def test_a_moment_decides_who_is_told_by_the_calendar_of_the_interval(programs: Path) -> None:
    told = {"receivers": ["office", "oncall"]}

    assert (
        problems(
            programs,
            story(CRITICAL, at=OPEN, **told),
            story(CRITICAL, at=CLOSED, **told, muted=["office"]),
            story(CRITICAL, at=SUNDAY, **told, muted=["office"]),
        )
        == []
    )


@pytest.mark.parametrize(
    ("at", "muted", "sentence"),
    [
        (OPEN, ["office"], f"reaches office at {OPEN}, and not muted"),
        (CLOSED, [], f"is muted for office at {CLOSED}"),
    ],
)
def test_a_moment_that_decides_otherwise_is_a_sentence(
    programs: Path, at: str, muted: list[str], sentence: str
) -> None:
    assert problems(programs, story(PROD, at=at, receivers=["office"], muted=muted)) == [
        f'routing test "t": {sentence}'
    ]


def test_nothing_of_the_real_receivers_is_in_the_configuration(tmp_path: Path) -> None:
    made = routing.configuration(CONFIG, Sinks(80, 25), "", tmp_path)

    assert "templates" not in made and "global" not in made
    assert [list(receiver) for receiver in made["receivers"]] == [["name", "webhook_configs"]] * 3
    assert {route["group_wait"] for route in routing._routes(made["route"])} == {"0s", "1h"}
    assert CONFIG["route"]["group_wait"] == "30s", "what was given is as it was"
