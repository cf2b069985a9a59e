# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of Grafana's API over real HTTP: what it has and answers is what a test puts there."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana

USER, PASSWORD = "admin", "hunter2-of-the-test"


def frame(labels: dict[str, str], values: list[Any]) -> dict[str, Any]:
    """A series as Grafana's Prometheus plugin gives it."""
    fields = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number", "labels": labels}]
    return {"schema": {"fields": fields}, "data": {"values": [list(range(len(values))), values]}}


def series(*labels: dict[str, str], value: float | None = 1.0) -> dict[str, Any]:
    return {"status": 200, "frames": [frame(one, [value]) for one in labels]}


def failure(text: str, status: int = 400) -> dict[str, Any]:
    return {"status": status, "error": text}


class DoubleOfGrafana(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.health: dict[str, Any] = {"database": "ok", "version": "13.2.3"}
        self.sources = [
            {
                "uid": "prom",
                "name": "Prometheus",
                "type": "prometheus",
                "isDefault": True,
                "readOnly": True,
                "jsonData": {"timeInterval": "15s"},
            }
        ]
        self.sick: dict[str, tuple[int, str]] = {}
        """Status and message of the data sources, by uid, that are not healthy."""
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.unprovisioned: set[str] = set()
        self.result: Callable[[dict[str, Any]], dict[str, Any]] = lambda query: series({"env": "dev"})
        """query -> its result."""
        self.bodies: list[dict[str, Any]] = []
        """What was posted to /api/ds/query."""
        self.override: dict[str, tuple[int, bytes]] = {}
        """Status and bytes by path, instead of all that."""

    @property
    def queries(self) -> list[dict[str, Any]]:
        return [query for body in self.bodies for query in body["queries"]]

    @property
    def expressions(self) -> list[str]:
        return [query["expr"] for query in self.queries]

    def respond(self, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path == "/api/ds/query":
            self.bodies.append(body)
            results = {one["refId"]: self.result(one) for one in body["queries"]}
            return (400 if any("error" in r for r in results.values()) else 200), {"results": results}
        fixed: dict[str, Any] = {"/api/health": self.health, "/api/datasources": self.sources}
        if path == "/api/search":
            fixed[path] = self._search(int(query["limit"]), int(query["page"]))
        if path in fixed:
            return 200, fixed[path]
        return self._of_uid(path)

    def _search(self, limit: int, page: int) -> list[dict[str, Any]]:
        hits = [{"uid": uid, "title": one["title"]} for uid, one in self.dashboards.items()]
        return hits[(page - 1) * limit :][:limit]

    def _of_uid(self, path: str) -> tuple[int, Any]:
        name = path.rpartition("/")[2]
        if path.startswith("/api/dashboards/uid/") and name in self.dashboards:
            meta = {"provisioned": name not in self.unprovisioned, "folderTitle": "AetherLink"}
            return 200, {"dashboard": self.dashboards[name], "meta": meta}
        if path.startswith("/api/datasources/uid/") and name == "health":
            status, message = self.sick.get(path.split("/")[4], (200, ""))
            return status, {"status": "ERROR", "message": message} if message else {"status": "OK"}
        return 404, {"message": "Not found"}


class _Handler(BaseHTTPRequestHandler):
    server: DoubleOfGrafana

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        parts = urlsplit(self.path)
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if parts.path in self.server.override:
            status, content = self.server.override[parts.path]
        elif parts.path != "/api/health" and self.headers.get("Authorization") != wanted:
            status, content = 401, b'{"message": "Invalid username or password"}'
        else:
            status, said = self.server.respond(parts.path, dict(parse_qsl(parts.query)), body)
            content = json.dumps(said).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/login")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def double() -> Iterator[DoubleOfGrafana]:
    made = DoubleOfGrafana()
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def grafana(double: DoubleOfGrafana) -> Grafana:
    return Grafana(double.url, USER, PASSWORD)


def target(expr: str, ref: str = "A", **more: Any) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {"refId": ref, "expr": expr, "instant": True, "range": False, "datasource": source, **more}


def panel(title: str, *targets: dict[str, Any], unit: str = "", **more: Any) -> dict[str, Any]:
    defaults = {"unit": unit} if unit else {}
    config = {"defaults": defaults, "overrides": []}
    return {"type": "stat", "title": title, "targets": list(targets), "fieldConfig": config, **more}


def dashboard(
    *panels: dict[str, Any], uid: str = "fleet", revision: str = "0123456789ab", **more: Any
) -> dict[str, Any]:
    """As it is deployed: with the variables of the operator's dashboards and its revision."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    many = {"multi": True, "includeAll": True, "datasource": source, "current": {"value": ["$__all"]}}
    variables = [
        {"name": "datasource", "type": "datasource", "query": "prometheus", "current": {}},
        {"name": "env", "type": "query", "query": "label_values(aether_service_up, env)", **many},
        {
            "name": "service",
            "type": "query",
            "query": {"query": 'label_values(aether_service_up{env=~"$env"}, service)', "refId": "v"},
            **many,
        },
        {"name": "aether_revision", "type": "constant", "hide": 2, "query": revision},
    ]
    return {
        "uid": uid,
        "title": uid.title(),
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": variables},
        "panels": list(panels),
        **more,
    }
