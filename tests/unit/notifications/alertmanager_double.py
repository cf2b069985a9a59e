# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of Alertmanager: routes, groups, inhibits, mutes by the clock and notifies, at once and without templates.

It reads the same flags and configuration, and has the same API and words in its log, as far as the checks use them.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FLAGS = dict(argument[2:].split("=", 1) for argument in sys.argv[1:])
CONFIG = json.loads(Path(FLAGS["config.file"]).read_text())
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
FIRING = []


def matches(matchers, labels):
    for matcher in matchers:
        name, operator, value = re.fullmatch(r'(\w+)(!?=)"(.*)"', matcher).groups()
        if (labels.get(name, "") == value) != (operator == "="):
            return False
    return True


def routes(route, labels, above):
    own = {**above, **{key: route[key] for key in ("receiver", "group_by", "group_wait") if key in route}}
    found = []
    for child in route.get("routes", []):
        if matches(child["matchers"], labels):
            found += routes(child, labels, own)
            if not child.get("continue"):
                break
    return found or [{**route, **own}]


def routes_of(alert):
    return routes(CONFIG["route"], alert["labels"], {})


def group_of(route, labels):
    by = sorted(labels) if route.get("group_by") == ["..."] else route.get("group_by", [])
    return (route["receiver"], *((name, labels.get(name, "")) for name in by))


def inhibitors(alert):
    return [
        str(number)
        for rule in CONFIG.get("inhibit_rules", [])
        for number, other in enumerate(FIRING)
        if matches(rule["target_matchers"], alert["labels"])
        and matches(rule["source_matchers"], other["labels"])
        and all(alert["labels"].get(name, "") == other["labels"].get(name, "") for name in rule["equal"])
    ]


def offset(location):
    """Of a zone made for the check: RFC 8536, the only time type. Python's zones have no offset of more than a day."""
    zone = Path(os.environ["ZONEINFO"]) / location
    seconds = int.from_bytes(zone.read_bytes()[44:48], "big", signed=True) if zone.exists() else 0
    return timedelta(seconds=seconds)


def is_within(name):
    specs = next(interval["time_intervals"] for interval in CONFIG["time_intervals"] if interval["name"] == name)
    for spec in specs:
        now = datetime.now(timezone.utc) + offset(spec["location"])
        is_day = now.strftime("%A").lower() in spec.get("weekdays", [now.strftime("%A").lower()])
        times = spec.get("times", [{"start_time": "00:00", "end_time": "24:00"}])
        if is_day and any(time["start_time"] <= now.strftime("%H:%M") < time["end_time"] for time in times):
            return True
    return False


def muted(route):
    if any(map(is_within, route.get("mute_time_intervals", []))):
        return "within mute time"
    active = route.get("active_time_intervals", [])
    return "not within active time" if active and not any(map(is_within, active)) else ""


def take(alerts):
    resolved = [a for a in alerts if datetime.fromisoformat(a["endsAt"]) < datetime.now(timezone.utc)]
    labels = [alert["labels"] for alert in alerts]
    FIRING[:] = [other for other in FIRING if other["labels"] not in labels]
    FIRING.extend(alert for alert in alerts if alert not in resolved)
    for status, batch in (("firing", [a for a in alerts if a not in resolved]), ("resolved", resolved)):
        groups = {}
        for alert in batch:
            for route in routes_of(alert):
                if not inhibitors(alert) and route.get("group_wait") != "1h":
                    groups.setdefault(group_of(route, alert["labels"]), (route, []))[1].append(alert)
        for route, group in groups.values():
            if why := muted(route):
                print(f'level=DEBUG msg="Notifications not sent, route is {why}"', flush=True)
            else:
                notify(route["receiver"], status, group)


def notify(name, status, alerts):
    receiver = next(receiver for receiver in CONFIG["receivers"] if receiver["name"] == name)
    for kind, send, is_resolved_sent in (
        ("webhook", webhook, True),
        ("slack", slack, False),
        ("pagerduty", pagerduty, True),
        ("email", mail, False),
    ):
        for index, one in enumerate(receiver.get(f"{kind}_configs", [])):
            if status == "resolved" and not one.get("send_resolved", is_resolved_sent):
                continue
            try:
                send(one, status, alerts)
            except OSError as error:
                cause = f"{name}/{kind}[{index}]: notify retry canceled after 1 attempts: {error}"
                print(f'level=ERROR msg="Notify for alerts failed" num_alerts=1 err="{cause}"', flush=True)


def post(url, body):
    OPENER.open(urllib.request.Request(url, json.dumps(body).encode())).close()  # noqa: S310 - the test's own


def webhook(config, status, alerts):
    post(config["url"], {"status": status, "alerts": alerts})


def slack(config, _status, _alerts):
    post(config["api_url"], {"attachments": [{"title": "title", **config, "fallback": "fallback"}]})


def pagerduty(config, status, alerts):
    payload = {"summary": "summary", "source": "here", "severity": config.get("severity", "error")}
    event = {"event_action": "trigger" if status == "firing" else "resolve", "dedup_key": str(alerts[0]["labels"])}
    post(config["url"], {**event, "routing_key": config["routing_key"], "payload": payload})


def mail(config, _status, _alerts):
    message = EmailMessage()
    for name, value in {"Subject": "subject", "From": "a@b.example", "To": config["to"], **config["headers"]}.items():
        message[name] = value
    message.set_content("text")
    host, _separator, port = CONFIG["global"]["smtp_smarthost"].partition(":")
    with smtplib.SMTP(host, int(port)) as server:
        server.send_message(message)


def shown(alert):
    by = inhibitors(alert)
    state = {"state": "suppressed" if by else "active", "inhibitedBy": by, "silencedBy": []}
    return {**alert, "status": state, "receivers": [{"name": route["receiver"]} for route in routes_of(alert)]}


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        groups = {}
        for alert in FIRING:
            for route in routes_of(alert):
                groups.setdefault(group_of(route, alert["labels"]), []).append(shown(alert))
        self.answer(
            {
                "/-/ready": {},
                "/api/v2/alerts": [shown(alert) for alert in FIRING],
                "/api/v2/alerts/groups": [{"alerts": alerts} for alerts in groups.values()],
            }[self.path]
        )

    def do_POST(self):
        alerts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not all(alert["labels"] for alert in alerts):
            self.answer("at least one label pair required", 400)
            return
        take(alerts)
        self.answer({})

    def answer(self, body, status=200):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", int(FLAGS["web.listen-address"].rpartition(":")[2])), Api).serve_forever()
