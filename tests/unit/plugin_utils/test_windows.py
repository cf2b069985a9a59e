# SPDX-License-Identifier: GPL-3.0-or-later
"""When Alertmanager tells whom, by its running configuration."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill import notification_timing as module
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill.notification_timing import (
    UnreadableRoutes,
    Window,
    windows,
)

CONFIG: dict[str, Any] = {
    "route": {
        "receiver": "slack",
        "group_wait": "20s",
        "routes": [
            {"receiver": "watchdog", "matchers": ['alertname="Watchdog"']},
            {"receiver": "pager", "matchers": ['severity=~"critical|warning"'], "group_wait": "10s", "continue": True},
            {"receiver": "mail", "matchers": ['severity="critical"'], "group_interval": "1h", "continue": True},
            {"matchers": ['severity="critical"']},
        ],
    },
    "receivers": [
        {"name": "slack", "slack_configs": [{"send_resolved": True}]},
        {"name": "pager", "pagerduty_configs": [{}], "webhook_configs": [{"send_resolved": False}]},
        {"name": "mail", "email_configs": [{}]},
        {"name": "watchdog"},
    ],
}


def test_each_integration_of_each_receiver_has_the_times_of_its_route_and_else_those_above() -> None:
    assert windows(CONFIG, {"severity": "critical"}) == [
        Window("pager", "pagerduty", 10, 300, True),
        Window("pager", "webhook", 10, 300, False),
        Window("mail", "email", 20, 3600, False),
        Window("slack", "slack", 20, 300, True),
    ]


def test_what_no_route_below_takes_goes_to_the_first() -> None:
    assert [window.name for window in windows(CONFIG, {"severity": "info"})] == ["slack/slack"]


def test_after_a_route_without_continue_no_other_is_asked() -> None:
    assert windows(CONFIG, {"alertname": "Watchdog", "severity": "critical"}) == []


def test_without_settings_it_waits_as_alertmanager_does_by_default() -> None:
    config = {"route": {"receiver": "a"}, "receivers": [{"name": "a", "webhook_configs": [{}]}]}

    assert windows(config, {}) == [Window("a", "webhook", 30, 300, True)]


def test_a_receiver_that_two_routes_lead_to_counts_once_with_the_sooner() -> None:
    routes = [{"receiver": "a", "group_wait": wait, "continue": True} for wait in ("30s", "5s")]
    config = {
        "route": {"receiver": "a", "routes": routes},
        "receivers": [{"name": "a", "webhook_configs": [{}]}],
    }

    assert [window.group_wait for window in windows(config, {})] == [5]


def routed(matcher: str) -> dict[str, Any]:
    """Alerts that the matcher takes go to `other`, all else to `a`."""
    return {
        "route": {"receiver": "a", "routes": [{"receiver": "other", "matchers": [matcher]}]},
        "receivers": [{"name": name, "webhook_configs": [{}]} for name in ("a", "other")],
    }


@pytest.mark.parametrize(
    ("matcher", "receiver"),
    [
        ('service=~"cr."', "other"),
        ('service=~"c"', "a"),
        ('service!~"cr."', "a"),
        ('service!~"c"', "other"),
        ('gone=~""', "other"),
        ('service=~"[[:alpha:]]+("', "other"),  # Go's business
        (f'service=~"{"(" * 5000}{")" * 5000}"', "other"),
    ],
)
def test_a_regular_expression_matches_all_of_the_label(matcher: str, receiver: str) -> None:
    assert [window.receiver for window in windows(routed(matcher), {"service": "crm"})] == [receiver]


@pytest.mark.parametrize("older", [{"match": {"env": "prod"}}, {"match_re": {"env": "pro.*"}}])
def test_alertmanagers_older_matching_counts_too(older: dict[str, Any]) -> None:
    config = routed('env="x"')
    config["route"]["routes"] = [{"receiver": "other", **older}]

    assert [[w.receiver for w in windows(config, {"env": env})] for env in ("prod", "dev")] == [["other"], ["a"]]


@pytest.mark.parametrize(
    "expression", ["(a|a)*b", "(?i)" + "[\u0001-\U0010ffff]" * 300], ids=["backtracking", "slow to compile"]
)
def test_a_regular_expression_of_a_host_does_not_occupy_the_controller(
    monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.5)
    started = time.monotonic()

    with pytest.raises(UnreadableRoutes, match=r"its regular expressions take longer than 0\.5 s"):
        windows(routed(f'service=~"{expression}"'), {"service": "a" * 60})

    assert time.monotonic() - started < 10
