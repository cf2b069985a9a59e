# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill of dev: a demo vertical really goes down, and the alert goes the whole way to the inbox and back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.protocols import problems
from testinfra.host import Host

from tests import processes

testinfra_hosts = ["ansible://dev"]
INBOX = "http://127.0.0.1:8025/api/messages"
FAULT = "http://127.0.0.1:8100/verticals/crm/fault"
DOWN = "AetherlinkVerticalServiceDown"
ALERTS = "http://127.0.0.1:9090/api/v1/alerts"

ASK = (
    "import sys, urllib.request; url, method, body = sys.argv[1:];"
    " urllib.request.urlopen(urllib.request.Request(url, body.encode(), method=method), timeout=10)"
)

Drill = Callable[..., Any]


@pytest.fixture
def drill(run_playbook: Drill) -> Drill:
    return lambda *arguments, **variables: run_playbook(
        "playbooks/drill.yml", *arguments, variables={"drill_host": "dev", **variables}
    )


@pytest.fixture
def all_quiet(get: Any) -> None:
    """What an earlier test caused is over: a drill refuses to begin before."""
    deadline = time.monotonic() + 120
    while alerts := [a for a in get(ALERTS)["data"]["alerts"] if a["labels"]["alertname"] == DOWN]:
        assert time.monotonic() < deadline, alerts
        time.sleep(1)


def messages(get: Any, receiver: str) -> list[dict[str, Any]]:
    return [message for message in get(INBOX)["messages"] if message["receiver"] == receiver]


@pytest.mark.usefixtures("all_quiet")
def test_it_proves_the_whole_path_and_prints_its_timeline(drill: Drill, get: Any, tmp_path: Path) -> None:
    run = drill(drill_report=str(tmp_path / "drill.json")).ok()

    report = json.loads((tmp_path / "drill.json").read_text())
    assert [event["event"] for event in report["events"]] == [
        "Command Center sees crm down",
        "Prometheus has aether_service_up 0",
        "the alert is pending",
        "the alert fires",
        "Alertmanager has the alert",
        "slack-dev is notified by slack",
        "Command Center sees crm up",
        "Prometheus has aether_service_up 1",
        "the alert is resolved",
        "Alertmanager resolves the alert",
        "slack-dev is notified by slack that it is resolved",
    ]
    assert all(event["event"] in run.output for event in report["events"])
    assert report["events"][3]["settings"] == pytest.approx(15, abs=0.5)  # `for`, and that alone
    own = report["receivers"]["slack-dev/slack"]
    assert 0 < own["notified"] < 5 and 0 <= own["resolved"] < 5
    assert report["skipped"] == []


def test_the_receiver_got_both_messages_as_slack_takes_them(get: Any) -> None:
    bodies = [m["body"] for m in messages(get, "slack-dev") if DOWN in m["body"]["attachments"][0]["title"]][-2:]
    assert [body["attachments"][0]["title"] for body in bodies] == [
        "[FIRING] AetherlinkVerticalServiceDown in dev: crm (warning)",
        "[RESOLVED] AetherlinkVerticalServiceDown in dev: crm (warning)",
    ]
    assert [problem for body in bodies for problem in problems("slack", body)] == []


def test_afterwards_all_is_well(get: Any) -> None:
    assert get(FAULT)["fault"] == "none"


def test_the_watchdog_is_told_to_the_inbox(get: Any) -> None:
    (first, *_) = messages(get, "watchdog")
    assert first["body"]["commonLabels"] == {"alertname": "Watchdog", "env": "dev", "severity": "none"}


@pytest.mark.usefixtures("all_quiet")
def test_a_receiver_that_is_not_told_fails_it_with_the_cause_and_all_is_well(
    drill: Drill, run_playbook: Drill, get: Any
) -> None:
    silence = {"silence_matchers": ['service="crm"'], "silence_comment": "a test's"}
    run_playbook("playbooks/silence.yml", "--limit=dev", variables=silence).ok()
    try:
        seen = drill(drill_patience="5s").refused()
    finally:
        run_playbook("playbooks/silence.yml", "--limit=dev", variables={**silence, "silence_state": "absent"}).ok()
    assert "no receiver is notified: the alert is silenced in Alertmanager" in seen.output
    assert "the alert fires" in seen.output  # the timeline up to there
    assert get(FAULT)["fault"] == "none"


@pytest.mark.usefixtures("all_quiet")
def test_a_drill_that_is_killed_mends_what_it_broke_within_a_minute(run_in_background: Any, get: Any) -> None:
    running = run_in_background("playbooks/drill.yml", variables={"drill_host": "dev"})
    try:
        deadline = time.monotonic() + 30
        while get(FAULT)["fault"] != "down":
            assert time.monotonic() < deadline and running.poll() is None
            time.sleep(0.2)
    finally:
        processes.kill(running)
        running.wait()
    deadline = time.monotonic() + 80  # the last look at the host may have renewed it once more
    while get(FAULT)["fault"] != "none":
        assert time.monotonic() < deadline
        time.sleep(1)


@pytest.mark.usefixtures("all_quiet")
def test_it_refuses_what_would_prove_nothing(drill: Drill, host: Host, get: Any) -> None:
    host.check_output("python3 -c %s %s PUT %s", ASK, FAULT, json.dumps({"fault": "error"}))
    try:
        assert "crm is not healthy before the drill, which would make the drill meaningless" in drill().refused().output
        assert get(FAULT)["fault"] == "error"  # it is somebody else's
    finally:
        host.check_output("python3 -c %s %s DELETE %s", ASK, FAULT, "")
    assert "does not poll a vertical nobody" in drill(drill_service="nobody", drill_kind="outage").refused().output
