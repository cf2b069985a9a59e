# SPDX-License-Identifier: GPL-3.0-or-later
"""The alert path: its own delay by drills, and 1,000 alerts at once, with the local inbox as the receivers' double."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx

from tests.bench import playbook
from tests.bench.errors import BenchError
from tests.bench.progress import say
from tests.bench.table import Row

OWN_DELAY = 5.0  # seconds
SERVICES, ALERTS_PER_SERVICE = 200, 5
FLOOD = "BenchFlood"
SERVICES_DRILLED = ("crm", "roofing", "policy")
# Short settings: what they account for is taken off anyway.
SETTINGS: dict[str, Any] = {
    "command_center_interval": "5s",
    "command_center_timeout": "5s",
    "prometheus_evaluation_interval": "5s",
    "prometheus_alert_overrides": {"AetherlinkVerticalServiceDown": {"for": "10s"}},
    "alertmanager_group_wait": "2s",
    "alertmanager_group_interval": "10s",
    "alertmanager_receivers": [
        {
            "name": "slack-dev",
            "slack_configs": [
                {
                    "channel": "#bench",
                    "api_url_file": "/etc/aetherlink/alertmanager/secrets/slack_url",
                    "send_resolved": True,
                    "title": '{% raw %}{{ template "aetherlink.slack.title" . }}{% endraw %}',
                    "text": '{% raw %}{{ template "aetherlink.slack.text" . }}{% endraw %}',
                }
            ],
            "webhook_configs": [{"url": "http://127.0.0.1:8025/webhook/slack-dev"}],
        },
        {"name": "watchdog"},
    ],
}


def measure(address: str, drills: int) -> list[Row]:
    say("deploying the short settings of the alert path")
    playbook.run(playbook.SITE, SETTINGS)
    return [*own_delays(drills), *flood(address)]


def own_delays(drills: int) -> list[Row]:
    """The worst of several drills, by receiver."""
    seen: dict[str, list[float]] = {}
    for number in range(drills):
        say(f"drill {number + 1} of {drills}")
        # Another service each time: Alertmanager may still keep the group of the last one.
        for receiver, delays in _drill(SERVICES_DRILLED[number % len(SERVICES_DRILLED)]).items():
            seen.setdefault(receiver, []).extend(delays.values())
    if not any(seen.values()):
        raise BenchError("the drills reached no receiver")
    how = f"worst of {drills} drills, told of the alert and that it is over"
    return [
        Row(f"own delay to {receiver}", max(delays), OWN_DELAY, "s", f"{how} ({min(delays):.1f} to {max(delays):.1f})")
        for receiver, delays in seen.items()
    ]


def _drill(service: str) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "drill.json")
        playbook.run("playbooks/drill.yml", {**SETTINGS, "drill_service": service, "drill_report": str(report)})
        found: dict[str, dict[str, float]] = json.loads(report.read_text())["receivers"]
    return found


def flood(address: str) -> list[Row]:
    """1,000 alerts of 200 services in one request, as Prometheus sends them; what the inbox has got of them."""
    wanted = Counter(
        {(f"service-{s:03}", f"mon{a}:9100"): 1 for s in range(SERVICES) for a in range(ALERTS_PER_SERVICE)}
    )
    say(f"{wanted.total()} alerts at once from {SERVICES} services")
    ends = (datetime.now(timezone.utc) + timedelta(minutes=10)).isoformat()
    labels = {"alertname": FLOOD, "env": "dev", "severity": "warning"}
    alerts = [{"labels": {**labels, "service": s, "instance": i}, "endsAt": ends} for s, i in wanted]
    with httpx.Client(timeout=30, trust_env=False) as client:
        start = time.monotonic()
        client.post(f"http://{address}:9093/api/v2/alerts", json=alerts).raise_for_status()
        webhooks, slacks = _arrived(client, f"http://{address}:8025/api/messages")
    seconds = time.monotonic() - start
    told = Counter(
        (alert["labels"]["service"], alert["labels"]["instance"]) for body in webhooks for alert in body["alerts"]
    )
    how = f"{wanted.total()} alerts of {SERVICES} services in one request, looked at for {seconds:.0f} s"
    return [
        Row("flood, alerts lost", (wanted - told).total(), 0, "", how),
        Row("flood, alerts told twice", (told - wanted).total(), 0, "", how),
        Row("flood, messages by webhook", len(webhooks), SERVICES, "", "one for each service"),
        Row("flood, messages by Slack", len(slacks), SERVICES, "", "one for each service"),
        Row("flood, services without a message by Slack", SERVICES - len(_services(slacks)), 0, "", how),
    ]


def _arrived(client: httpx.Client, url: str) -> tuple[list[Any], list[Any]]:
    """The bodies by webhook and by Slack. Waits for all, and then for one that would be too much."""
    deadline = time.monotonic() + 60
    while True:
        found = [m for m in client.get(url).raise_for_status().json()["messages"] if FLOOD in json.dumps(m["body"])]
        by_kind = [[m["body"] for m in found if m["kind"] == kind] for kind in ("webhook", "slack")]
        if all(len(bodies) >= SERVICES for bodies in by_kind):
            deadline = min(deadline, time.monotonic() + 12)  # a group_interval and some
        if time.monotonic() > deadline:
            return by_kind[0], by_kind[1]
        time.sleep(1)


def _services(slacks: list[Any]) -> set[str]:
    titles = [body["attachments"][0]["title"] for body in slacks]
    return {f"service-{s:03}" for s in range(SERVICES) if any(f"service-{s:03} " in title for title in titles)}
