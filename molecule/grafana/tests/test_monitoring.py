# SPDX-License-Identifier: GPL-3.0-or-later
"""Grafana is watched by Prometheus, with the job and the metric that its alert asks about."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana
from testinfra.host import Host

testinfra_hosts = ["ansible://grafana"]
PROMETHEUS = "http://127.0.0.1:9090/api/v1/query?query="
COUNT = 'grafana_http_request_duration_seconds_count{job="grafana",instance="%s:3000",handler=~"/api/org/?"}'
ASKED = 7


@pytest.fixture
def seen(host: Host, get: Any) -> Any:
    """seen(): how often Prometheus says that /api/org was asked for, by status; nothing before its first scrape."""
    query = quote(COUNT % host.backend.get_pytest_id().removeprefix("ansible://"))

    def ask() -> dict[str, float]:
        found = get(PROMETHEUS + query)["data"]["result"]
        return {one["metric"]["status_code"]: float(one["value"][1]) for one in found}

    return ask


def test_prometheus_scrapes_it_and_each_request_counts(grafana: Grafana, url: str, seen: Any) -> None:
    grafana.get("/api/org")
    before = wait(seen, lambda counts: counts.get("200", 0) > 0)
    with pytest.raises(OSError, match="answers 401"):
        Grafana(url).get("/api/org")
    for _ in range(ASKED):
        grafana.get("/api/org")

    after = wait(seen, lambda counts: counts["200"] >= before["200"] + ASKED)
    assert after["401"] == before.get("401", 0) + 1


def wait(seen: Any, enough: Any) -> dict[str, float]:
    """The counts once they are enough, within three scrapes."""
    for _ in range(45):
        counts: dict[str, float] = seen()
        if counts and enough(counts):
            return counts
        time.sleep(1)
    raise AssertionError(f"Prometheus has {counts}")
