# SPDX-License-Identifier: GPL-3.0-or-later
"""Prod's receivers by the real protocols, to the local inbox: what people would get, and the drill that proves it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.protocols import problems
from testinfra.host import Host

testinfra_hosts = ["ansible://oldest", "ansible://newest"]
INBOX = "http://127.0.0.1:8025/api/messages"
POST = (
    "import sys, urllib.request; urllib.request.urlopen(urllib.request.Request(sys.argv[1], sys.argv[2].encode(),"
    " {'Content-Type': 'application/json'}), timeout=10)"
)

FORGET = "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], method='DELETE'), timeout=10)"

Drill = Callable[..., Any]


@pytest.fixture
def drill(host: Host, run_playbook: Drill) -> Drill:
    name = str(host.backend.get_pytest_id()).removeprefix("ansible://")
    return lambda *arguments, **variables: run_playbook(
        "playbooks/drill.yml", *arguments, variables={"drill_host": name, **variables}
    )


@pytest.fixture
def told(get: Any) -> Callable[..., list[dict[str, Any]]]:
    """told("AlertName", number): the messages about it, whoever got them, as soon as there are so many."""

    def wait(alertname: str, number: int, seconds: float = 30) -> list[dict[str, Any]]:
        deadline = time.monotonic() + seconds
        while len(found := [m for m in get(INBOX)["messages"] if alertname in json.dumps(m["body"])]) < number:
            assert time.monotonic() < deadline, found
            time.sleep(0.5)
        return found

    return wait


def test_the_drill_reaches_every_receiver_by_alertmanagers_own_counters(
    drill: Drill, host: Host, tmp_path: Path
) -> None:
    host.check_output("python3 -c %s %s", FORGET, INBOX)
    run = drill(drill_severity="critical", drill_report=str(tmp_path / "drill.json")).ok()

    report = json.loads((tmp_path / "drill.json").read_text())
    receivers = report["receivers"]
    assert set(receivers) == {
        "pagerduty-oncall/pagerduty",
        "slack-prod/slack",
        "email/email",
        "email-escalation/email",
    }
    assert all(0 <= receivers[name]["notified"] < 5 for name in set(receivers) - {"email-escalation/email"})
    assert {name for name, own in receivers.items() if "resolved" in own} == {
        "pagerduty-oncall/pagerduty",
        "slack-prod/slack",
    }
    assert report["skipped"] == [
        "email gets the resolved notification by email only after up to 60 min",
        "email-escalation would be notified by email only after 15 min",
    ]
    assert "own delay to pagerduty-oncall/pagerduty" in run.output


def test_people_see_that_it_is_a_drill(told: Any) -> None:
    messages = told("AetherlinkDrill", 5)
    kinds = [(message["kind"], message["receiver"]) for message in messages]
    assert kinds.count(("slack", "slack-prod")) == 2
    assert kinds.count(("pagerduty", "pagerduty-oncall")) == 2
    assert kinds.count(("email", "email")) == 1
    titles = [
        message["body"]["attachments"][0]["title"]
        if message["kind"] == "slack"
        else message["body"]["payload"]["summary"]
        if message["kind"] == "pagerduty"
        else message["body"]["subject"]
        for message in messages
    ]
    assert all(title.startswith("DRILL, nothing is broken: [") for title in titles)


def test_every_message_is_as_its_receiver_takes_it(told: Any) -> None:
    messages = told("AetherlinkDrill", 5)
    assert [p for message in messages for p in problems(message["kind"], message["body"])] == []


def test_pagerduty_resolves_what_it_was_told_and_has_links(told: Any) -> None:
    trigger, resolve = (m["body"] for m in told("AetherlinkDrill", 5) if m["kind"] == "pagerduty")
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"]
    key = b"0123456789abcdef0123456789abcdef"
    assert trigger["routing_key"] == hashlib.sha256(key).hexdigest()[:32]
    assert trigger["payload"]["severity"] == "critical"
    assert [link["text"] for link in trigger["links"]] == ["Runbook", "Dashboard", "Silence"]
    assert trigger["links"][0]["href"] == "https://runbooks.aetherlink.example/AetherlinkDrill"
    assert trigger["links"][2]["href"].startswith("https://alertmanager.example/#/silences/new?filter=%7B")


def test_mail_goes_encrypted_after_a_login_and_says_what_to_do(told: Any) -> None:
    (mail,) = (m["body"] for m in told("AetherlinkDrill", 5) if m["kind"] == "email")
    assert (mail["tls"], mail["authenticated"]) == (True, "alertmanager")
    assert mail["from"] == "alertmanager@aetherlink.example"
    for text in (mail["text/plain"], mail["text/html"]):
        assert "There is nothing to do." in text
        assert "https://runbooks.aetherlink.example/AetherlinkDrill" in text


def test_the_alerts_of_a_group_read_as_one_message(host: Host, told: Any) -> None:
    labels = {"alertname": "QueueLong", "env": "prod", "service": "crm", "severity": "warning"}
    alerts = [
        {
            "labels": {**labels, "instance": f"mon{number}:9100"},
            "annotations": {"summary": "Queues are long", "description": f"Queue {number} is <long> & growing."},
        }
        for number in (1, 2, 3)
    ]
    host.check_output("python3 -c %s %s %s", POST, "http://127.0.0.1:9093/api/v2/alerts", json.dumps(alerts))
    (message,) = (message for message in told("QueueLong", 3) if message["kind"] == "slack")
    (attachment,) = message["body"]["attachments"]
    assert attachment["title"] == "[FIRING:3] QueueLong in prod: crm (warning)"
    assert attachment["text"].count("Queue ") == 3 and "&lt;long&gt; &amp; growing" in attachment["text"]


def test_a_hostile_alert_is_neither_a_link_nor_a_mention_nor_a_command(host: Host, told: Any) -> None:
    bad = "a\x1b[2J<!channel>\n<https://evil.example|Runbook>\u202e&"
    alert = {
        "labels": {"alertname": "HostileName", "env": "prod", "severity": "critical", "service": bad, "instance": bad},
        "annotations": {
            "summary": bad,
            "description": bad,
            "runbook_url": "https://runbooks.aetherlink.example/x",
            "dashboard_url": f"https://grafana.example/d/fleet?var-service={bad}",
        },
    }
    host.check_output("python3 -c %s %s %s", POST, "http://127.0.0.1:9093/api/v2/alerts", json.dumps([alert]))
    messages = {message["kind"]: message["body"] for message in told("HostileName", 3)}
    label = "a [2J<!channel> <https://evil.example|Runbook> &".replace("<", "\u2039").replace(">", "\u203a")

    (attachment,) = messages["slack"]["attachments"]
    for key in ("title", "fallback"):
        assert attachment[key] == f"[FIRING] HostileName in prod: {label} (critical)"
    text = attachment["text"]
    assert f"• {label} {label} (critical) since" in text
    assert "\na [2J&lt;!channel&gt;\n&lt;https://evil.example|Runbook&gt; &amp;\n" in text
    links = re.findall("<([^>]*)[|]([^>|]*)>", text)
    assert [title for _url, title in links] == ["Runbook", "Dashboard", "Alerts", "Silence"]
    assert len(links) == text.count("<") == text.count(">")
    assert links[0][0] == "https://runbooks.aetherlink.example/x"

    payload = messages["pagerduty"]["payload"]
    assert (payload["summary"], payload["component"]) == (attachment["title"], label)
    mail = messages["email"]
    assert mail["subject"] == attachment["title"]
    assert "<!channel>" not in mail["text/html"] and "&lt;!channel&gt;" in mail["text/html"]
    for one in (text, attachment["title"], json.dumps(payload, ensure_ascii=False), mail["text/plain"]):
        assert not {"\x1b", "\u202e"} & set(one) and "\\u001b" not in one


def test_a_receiver_that_does_not_take_its_message_fails_the_drill(drill: Drill, host: Host) -> None:
    host.check_output("systemctl stop aetherlink-inbox")
    try:
        seen = drill(drill_patience="5s").refused()
    finally:
        host.check_output("systemctl start aetherlink-inbox")
    assert "not seen: email is notified by email. It was due within 3 s (group_wait 3 s)" in seen.output
    assert "notifications by email failed meanwhile" in seen.output
