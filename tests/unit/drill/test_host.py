# SPDX-License-Identifier: GPL-3.0-or-later
"""A drill's steps on the host, against doubles of the components' APIs; molecule/alerting drills the real ones."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.drill import host_faults as host
from ansible_collections.aetherlink.monitoring.plugins.module_utils.drill.component_apis import (
    Alertmanager,
    DrillError,
    moment,
)

LABELS = {"alertname": "AetherlinkVerticalServiceDown", "env": "dev", "service": "crm"}
METRICS = """\
# TYPE alertmanager_notification_requests_total counter
alertmanager_notification_requests_total{integration="slack"} 7
alertmanager_notification_requests_failed_total{integration="slack"} 2
alertmanager_notification_requests_total{integration="email",receiver_name="one"} 1
alertmanager_notification_requests_total{integration="email",receiver_name="two"} 1
alertmanager_notification_requests_failed_total{integration="email",receiver_name="one"} 0
"""


class DoubleOfComponents(HTTPServer):
    """One server that answers as all of them: what GET gives by path, and what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.down = False
        self.alerts: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.metrics = METRICS
        self.told: list[tuple[str, str, Any]] = []

    def document(self, path: str) -> Any:
        state = {
            "/api/v2/status": {"config": {"original": "route: {receiver: slack-dev}"}},
            "/api/v2/alerts": self.alerts,
            "/api/fleet": {
                "verticals": [{"name": "crm", "up": not self.down, "last_success": "2026-11-24T10:00:00.25+00:00"}]
            },
            "/api/v1/query": {"data": {"result": [{"value": [0, "0" if self.down else "1"]}]}},
            "/api/v1/alerts": {"data": {"alerts": []}},
            "/api/v1/rules": {
                "data": {
                    "groups": [
                        {
                            "interval": 15,
                            "lastEvaluation": "2026-11-24T10:00:00.123456789Z",
                            "rules": [{"name": "AetherlinkVerticalServiceDown", "duration": 300}],
                        }
                    ]
                }
            },
            "/api/v1/targets": {
                "data": {
                    "activeTargets": [
                        {
                            "labels": {"job": "aetherlink-command-center"},
                            "scrapeInterval": "15s",
                            "lastScrape": "2026-11-24T10:00:01.5Z",
                        }
                    ]
                }
            },
            "/verticals/crm/fault": {"fault": "down" if self.down else "none"},
            "/api/messages": {"messages": self.messages},
        }
        return state[path]


class Handler(BaseHTTPRequestHandler):
    server: DoubleOfComponents

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self._answer(self.server.metrics if path == "/metrics" else json.dumps(self.server.document(path)))

    def do_PUT(self) -> None:
        self._told()
        self.server.down = True

    def do_POST(self) -> None:
        self._told()

    def do_DELETE(self) -> None:
        self._told()
        self.server.down = False

    def _told(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.told.append((self.command, self.path, json.loads(content or b"null")))
        self._answer("{}")

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def double() -> Iterator[DoubleOfComponents]:
    made = DoubleOfComponents()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def spec(double: DoubleOfComponents) -> dict[str, Any]:
    """The drill of an outage that has begun, with nothing told yet."""
    urls = dict.fromkeys(("alertmanager", "prometheus", "command_center", "demo_verticals", "inbox"), double.url)
    begun = {"started": 0.0, "breaking": False, "order": [], "marks": {"message": 0, "counts": {}}}
    return {"kind": "outage", "env": "dev", "service": "crm", "labels": LABELS, "annotations": {}, **urls, **begun}


def message(
    number: int,
    receiver: str = "slack-dev",
    title: str = "[FIRING] AetherlinkVerticalServiceDown in dev: crm (warning)",
) -> dict[str, Any]:
    body = {"attachments": [{"title": title, "text": "see http://crm.example", "color": "warning"}]}
    return {"id": number, "at": 100.0 + number, "kind": "slack", "receiver": receiver, "body": body}


def test_it_begins_with_what_the_settings_are_and_lends_itself_the_outage(
    spec: dict[str, Any], double: DoubleOfComponents
) -> None:
    facts = host.begin(spec)

    assert facts["rule"] == {"for": 300, "interval": 15, "last": moment("2026-11-24T10:00:00.123456789Z"), "labels": {}}
    assert facts["scrape"] == {"interval": 15, "last": moment("2026-11-24T10:00:01.5Z")}
    assert facts["last_poll"] == moment("2026-11-24T10:00:00.25Z")
    assert double.told == [("PUT", "/verticals/crm/fault", {"fault": "down", "seconds": host.LEASE})]


def test_it_refuses_a_service_that_is_down_already(spec: dict[str, Any], double: DoubleOfComponents) -> None:
    double.down = True

    with pytest.raises(DrillError, match="crm is not healthy before the drill, which would make the drill meaningless"):
        host.begin(spec)
    assert double.told == []


def test_while_it_watches_the_loan_is_renewed(spec: dict[str, Any], double: DoubleOfComponents) -> None:
    host.watch({**spec, "breaking": True}, ["noticed"], seconds=5)

    assert [(method, body["seconds"]) for method, _, body in double.told] == [("PUT", host.LEASE)]


def test_a_synthetic_alert_is_lent_too_and_ended(spec: dict[str, Any], double: DoubleOfComponents) -> None:
    synthetic = {**spec, "kind": "synthetic", "started": 50.0}
    host.watch({**synthetic, "breaking": True}, ["closed"], seconds=1)
    ended = host.end(synthetic)

    (_, _, (renewed,)), (_, _, (last,)) = double.told
    assert renewed["labels"] == last["labels"] == LABELS
    assert renewed["startsAt"] == last["startsAt"] == "1970-01-01T00:00:50+00:00"
    assert moment(renewed["endsAt"]) - ended["ended"] == pytest.approx(host.LEASE, abs=5)
    assert moment(last["endsAt"]) == pytest.approx(ended["ended"])


def test_a_receiver_is_told_by_the_first_message_that_names_the_alert_and_its_service(
    spec: dict[str, Any], double: DoubleOfComponents
) -> None:
    double.messages = [
        message(1, "other"),
        message(2, title="[FIRING] AetherlinkVerticalServiceDown in dev: media (warning)"),
        message(3),
        message(4),
    ]

    seen = host.watch({**spec, "breaking": True}, ["notified:slack-dev/slack"], seconds=1)

    assert seen["seen"] == {"notified:slack-dev/slack": 103.0}


@pytest.mark.parametrize(
    ("kind", "firing", "resolved"),
    [
        ("slack", {"attachments": [{"title": "X crm"}]}, {"attachments": [{"title": "X crm", "color": "good"}]}),
        ("email", {"subject": "[FIRING] X: crm"}, {"subject": "[RESOLVED] X: crm"}),
        (
            "pagerduty",
            {"event_action": "trigger", "payload": {"summary": "X crm"}},
            {"event_action": "resolve", "payload": {"summary": "X crm"}},
        ),
        (
            "webhook",
            {"status": "firing", "commonLabels": {"alertname": "X", "service": "crm"}},
            {"status": "resolved", "commonLabels": {"alertname": "X", "service": "crm"}},
        ),
    ],
)
def test_a_resolved_notification_is_a_message_that_says_resolved(
    spec: dict[str, Any], double: DoubleOfComponents, kind: str, firing: dict[str, Any], resolved: dict[str, Any]
) -> None:
    labels = {**LABELS, "alertname": "X"}
    double.messages = [
        {"id": number, "at": float(number), "kind": kind, "receiver": "r", "body": body}
        for number, body in enumerate((firing, resolved), 1)
    ]

    def first(breaking: bool) -> dict[str, float]:
        drill = {**spec, "labels": labels, "breaking": breaking}
        return dict(host.watch(drill, [f"notified:r/{kind}"], seconds=1)["seen"])

    assert first(breaking=True) == {f"notified:r/{kind}": 1.0}
    assert first(breaking=False) == {f"notified:r/{kind}": 2.0}


def test_what_is_broken_is_mended_also_where_alertmanager_is_down(
    spec: dict[str, Any], double: DoubleOfComponents, nobody: str
) -> None:
    with pytest.raises(DrillError, match="Alertmanager at"):
        host.end({**spec, "alertmanager": f"http://{nobody}"})

    assert [(method, path) for method, path, _ in double.told] == [("DELETE", "/verticals/crm/fault")]


def test_a_url_that_is_none_is_a_sentence(spec: dict[str, Any]) -> None:
    with pytest.raises(DrillError, match="Alertmanager: url is 'localhost:9093', which is no http or https URL"):
        host.begin({**spec, "alertmanager": "localhost:9093"})


def test_counters_are_requests_that_went_well_by_integration(double: DoubleOfComponents) -> None:
    assert Alertmanager(double.url).counts() == {
        "slack": {"notified": 5, "failed": 2},
        "email": {"notified": 2, "failed": 0},
    }


def test_the_first_delivery_of_an_integration_is_the_first_awaited_receivers(
    spec: dict[str, Any], double: DoubleOfComponents
) -> None:
    order = ["notified:mail/email", "notified:boss/email", "notified:slack/slack"]
    marks = {"counts": {"email": {"notified": 1, "failed": 0}, "slack": {"notified": 5, "failed": 0}}}

    seen = host.watch({**spec, "inbox": "", "order": order, "marks": marks}, order, seconds=0.3)

    assert list(seen["seen"]) == ["notified:mail/email"]
    assert seen["failed"] == {"slack": 2}


def test_what_does_not_come_is_explained(spec: dict[str, Any], double: DoubleOfComponents) -> None:
    status = {"silencedBy": ["id"], "inhibitedBy": [], "state": "suppressed"}
    double.alerts = [
        {"labels": {**LABELS, "severity": "warning"}, "receivers": [{"name": "slack-dev"}], "status": status}
    ]

    seen = host.watch(spec, ["notified:slack-dev/slack"], seconds=0.2)

    assert seen["seen"] == {}
    assert seen["alert"] == {"receivers": ["slack-dev"], "silenced": True, "inhibited": False}


def test_a_component_that_does_not_answer_is_a_sentence(spec: dict[str, Any], nobody: str) -> None:
    with pytest.raises(DrillError, match=r"Command Center at http://127\.0\.0\.1:\d+ cannot be asked for /api/fleet"):
        host.begin({**spec, "command_center": f"http://{nobody}"})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-24T10:00:00Z", 1795514400),
        ("2026-11-24T11:00:00.123456789+01:00", 1795514400.123456789),
    ],
)
def test_times_are_read_as_go_writes_them(text: str, seconds: float) -> None:
    assert moment(text) == pytest.approx(seconds, abs=1e-6)
