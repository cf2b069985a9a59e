# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that the role brings for prod, asked of the deployed Alertmanager."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://prod"]
URL = "http://127.0.0.1:9093"
POST = (
    "import sys, urllib.request; urllib.request.urlopen(urllib.request.Request(sys.argv[1], sys.argv[2].encode(),"
    " {'Content-Type': 'application/json'}), timeout=10)"
)

Fire = Callable[..., dict[str, Any]]


@pytest.fixture
def fire(host: Host, get: Any) -> Fire:
    """fire({labels}, {labels}...): the first as Alertmanager shows it when all fire."""

    def run(*alerts: dict[str, str]) -> dict[str, Any]:
        body = json.dumps([{"labels": {"env": "prod", **labels}} for labels in alerts])
        host.check_output("python3 -c %s %s %s", POST, f"{URL}/api/v2/alerts", body)
        time.sleep(0.5)  # Alertmanager learns in its own time of what inhibits
        (seen,) = (a for a in get(f"{URL}/api/v2/alerts") if a["labels"] == {"env": "prod", **alerts[0]})
        return dict(seen)

    return run


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"severity": "critical"}, {"pagerduty-oncall", "email", "email-escalation", "slack-prod"}),
        ({"severity": "warning"}, {"pagerduty-oncall", "email", "slack-prod"}),
        ({"severity": "info"}, {"slack-prod"}),
        ({"severity": "none", "alertname": "Watchdog"}, {"watchdog"}),
        ({}, {"slack-prod"}),
    ],
)
def test_who_is_told(fire: Fire, labels: dict[str, str], receivers: set[str]) -> None:
    seen = fire({"alertname": f"Told{labels.get('severity', '')}", **labels})
    assert {receiver["name"] for receiver in seen["receivers"]} == receivers


def test_a_service_that_is_down_is_told_once(fire: Fire) -> None:
    down = {"alertname": "AetherlinkVerticalServiceDown", "service": "crm", "severity": "warning"}
    stale = {"alertname": "AetherlinkVerticalDataStale", "severity": "warning"}
    assert fire({**stale, "service": "crm"}, down)["status"]["inhibitedBy"]
    assert not fire({**stale, "service": "media"}, down)["status"]["inhibitedBy"]


def test_notifications_look_as_the_collection_has_them(host: Host, get: Any) -> None:
    config = get(f"{URL}/api/v2/status")["config"]["original"]
    assert '{{ template "aetherlink.slack.text" . }}' in config
    assert "location: UTC" in config
    assert host.file("/etc/aetherlink/alertmanager/templates/aetherlink.tmpl").contains("aetherlink.email.html")


def test_the_routing_tests_are_part_of_the_release(host: Host) -> None:
    tests = json.loads(host.file("/etc/aetherlink/alertmanager/routing_tests.json").content_string)["tests"]
    assert len(tests) > 15
    assert any("muted" in test for test in tests)


def test_a_secret_of_prod_that_is_missing_is_named(assert_refused: Any) -> None:
    assert_refused(
        "alertmanager",
        {"alertmanager_secrets": {"slack_url": "http://127.0.0.1:9/hook", "smtp_password": "example-password"}},
        "names the file /etc/aetherlink/alertmanager/secrets/pagerduty_key, which does not exist",
    )


def test_a_route_that_forgets_who_is_on_call_never_goes_live(assert_refused: Any) -> None:
    assert_refused(
        "alertmanager",
        {"alertmanager_routing_tests": [{"name": "pages", "alert": {"severity": "critical"}, "receivers": ["email"]}]},
        'routing test "pages": goes to email, email-escalation, pagerduty-oncall, slack-prod, not to email',
    )


def test_a_time_at_which_it_is_muted_is_asked_too(assert_refused: Any) -> None:
    test = {"name": "by day", "alert": {"severity": "info"}, "receivers": ["slack-prod"], "muted": ["slack-prod"]}
    assert_refused(
        "alertmanager",
        {"alertmanager_routing_tests": [{**test, "at": "2026-11-24T12:00:00+00:00"}]},
        'routing test "by day": reaches slack-prod at 2026-11-24T12:00:00+00:00, and not muted',
    )
