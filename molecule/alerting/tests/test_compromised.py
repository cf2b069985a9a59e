# SPDX-License-Identifier: GPL-3.0-or-later
"""A compromised Command Center: a hostile one in its place, which Prometheus scrapes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://dev"]
QUERY = "http://127.0.0.1:9090/api/v1/query?query="
CRM = QUERY + quote('aether_service_up{service="crm",env="dev"}')
FORGED = ("up", "prometheus_notifications_dropped_total", "alertmanager_alerts", "ALERTS", "aether_service_up")
HOSTILE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        for name in sys.argv[1:]:
            labels = 'job="alertmanager",instance="forged:1",service="forged",env="dev"'
            self.wfile.write(f"{name}{{{labels}}} 1\\n".encode())
http.server.ThreadingHTTPServer(("127.0.0.1", 8010), Handler).serve_forever()
"""


@pytest.fixture
def hostile(host: Host, get: Any) -> Iterator[None]:
    """Ends when Prometheus sees the true one again: the drill of another test refuses to begin before."""
    host.check_output("systemctl stop aetherlink-command-center")
    host.check_output(f"systemd-run --quiet --unit=hostile python3 -c %s {' '.join(FORGED)}", HOSTILE)
    yield
    host.check_output("systemctl stop hostile")
    host.check_output("systemctl start aetherlink-command-center")
    deadline = time.monotonic() + 60
    while (crm := get(CRM)["data"]["result"]) == [] or crm[0]["value"][1] != "1":
        assert time.monotonic() < deadline, crm
        time.sleep(0.5)


@pytest.mark.usefixtures("hostile")
def test_it_cannot_write_into_the_series_of_other_jobs(get: Any) -> None:
    deadline = time.monotonic() + 40
    while not (found := get(QUERY + quote('{instance="forged:1"}'))["data"]["result"]):
        assert time.monotonic() < deadline
        time.sleep(0.5)

    assert {series["metric"]["__name__"] for series in found} == {"aether_service_up"}
    (up,) = get(QUERY + quote('up{job="aetherlink-command-center"}'))["data"]["result"]
    assert up["value"][1] == "1"
