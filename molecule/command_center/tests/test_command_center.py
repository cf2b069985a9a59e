# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployed Command Center asks real services and tells what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

testinfra_hosts = ["ansible://command_center"]
URL = "http://127.0.0.1:8010"
VERTICALS = ["crm", "roofing", "policy", "property", "media"]
TOTALS = ["contacts", "deals", "jobs", "policies", "properties", "uploads"]


def test_every_vertical_is_up_and_feeds_its_totals(all_up: None, metrics: Any) -> None:
    for total in TOTALS:
        assert metrics()[(f"aether_platform_total_{total}",)] > 0


def test_exactly_the_platforms_metrics_are_exposed(get: Any) -> None:
    families = {family.name: family.type for family in text_string_to_metric_families(get(f"{URL}/metrics"))}
    assert families == {
        "aether_service_up": "gauge",
        "aether_service_stale": "gauge",
        "aether_verticals_scrape_errors": "counter",
        "aether_verticals_scrape_duration_seconds": "histogram",
        "aether_attribution_writes": "counter",
        **{f"aether_platform_total_{total}": "gauge" for total in TOTALS},
    }


def test_keys_of_the_services_never_become_label_values(get: Any) -> None:
    raw = get("http://127.0.0.1:8101/stats")["attribution"]["top_creator_keys"]
    assert raw
    exposed = get(f"{URL}/metrics") + json.dumps(get(f"{URL}/api/fleet"))
    assert "aether_attribution_writes_total{" in exposed
    for entry in raw:
        assert entry["key"] not in exposed


def test_it_answers_the_other_endpoints(get: Any) -> None:
    assert get(f"{URL}/readyz")["ready"] is True
    assert get(f"{URL}/healthz")
    fleet = get(f"{URL}/api/fleet")
    assert [vertical["name"] for vertical in fleet["verticals"]] == VERTICALS


def test_it_runs_what_verify_expects(run_playbook: Callable[..., Any]) -> None:
    verified = run_playbook("playbooks/verify.yml").ok()
    assert "BAD" not in verified.output
    assert verified.output.count("command_center vertical crm up up") == 3
