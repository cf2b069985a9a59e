# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployed Command Center asks real services and tells what they answer, and whose fault it is when they do not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from testinfra.host import Host

testinfra_hosts = ["ansible://command_center"]
URL = "http://127.0.0.1:8010"
ADMIN = "http://127.0.0.1:8100"
VERTICALS = ["crm", "roofing", "policy", "property", "media"]
TOTALS = ["contacts", "deals", "jobs", "policies", "properties", "uploads"]
Metrics = dict[tuple[str, ...], float]


@pytest.fixture
def metrics(get: Callable[[str], Any]) -> Callable[[], Metrics]:
    """metrics()["aether_service_up", "crm"]: by name, then label values in the order of their names, without env."""

    def read() -> Metrics:
        samples = [s for family in text_string_to_metric_families(get(f"{URL}/metrics")) for s in family.samples]
        assert {s.labels["env"] for s in samples} == {"staging"}
        return {
            (s.name, *(value for name, value in sorted(s.labels.items()) if name != "env")): s.value for s in samples
        }

    return read


@pytest.fixture
def fault(host: Host) -> Iterator[Callable[[str, str], None]]:
    """fault("crm", "down"): healed at the end of the test."""
    script = "import sys, urllib.request as r; _, m, u, d = sys.argv; r.urlopen(r.Request(u, d.encode(), method=m))"

    def ask(method: str, name: str, body: str = "") -> None:
        host.check_output("python3 -c %s %s %s %s", script, method, f"{ADMIN}/verticals/{name}/fault", body)

    broken = set()

    def put(name: str, kind: str) -> None:
        broken.add(name)
        ask("PUT", name, json.dumps({"fault": kind}))

    yield put
    for name in broken:
        ask("DELETE", name)


def eventually(condition: Callable[[], bool], seconds: float = 12) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True


def all_up(metrics: Callable[[], Metrics]) -> bool:
    seen = metrics()
    return all(
        seen.get(("aether_service_up", name)) == 1 and seen.get(("aether_service_stale", name)) == 0
        for name in VERTICALS
    )


def test_every_vertical_is_up_and_feeds_its_totals(metrics: Any) -> None:
    assert eventually(lambda: all_up(metrics))
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


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("down", "connect"),
        ("error", "http_status"),
        ("stall", "timeout"),
        ("garbage", "not_json"),
        ("wrong_types", "wrong_shape"),
        ("huge", "too_large"),
        ("redirect", "redirect"),
        ("endless", "timeout"),
        ("lie", "wrong_shape"),
    ],
)
def test_a_bad_vertical_hurts_its_own_series_alone(metrics: Any, fault: Any, get: Any, kind: str, reason: str) -> None:
    assert eventually(lambda: all_up(metrics))
    before = metrics()
    fault("crm", kind)
    assert eventually(lambda: metrics()["aether_service_up", "crm"] == 0)
    errors = ("aether_verticals_scrape_errors_total", reason, "crm")
    assert eventually(lambda: metrics()[errors] > before[errors])
    after = metrics()
    for name in VERTICALS[1:]:
        assert after["aether_service_up", name] == 1
        errors_of_others = {key for key in after if key[0] == errors[0] and key[2] == name and after[key] > before[key]}
        assert errors_of_others == set()
    crm = next(vertical for vertical in get(f"{URL}/api/fleet")["verticals"] if vertical["name"] == "crm")
    assert crm["last_error"]["reason"] == reason
    assert crm["last_error"]["sentence"]


def test_a_vertical_whose_numbers_stand_still_is_up_and_stale(metrics: Any, fault: Any) -> None:
    assert eventually(lambda: all_up(metrics))
    fault("crm", "stale")
    assert eventually(lambda: metrics()["aether_service_stale", "crm"] == 1)
    assert metrics()["aether_service_up", "crm"] == 1


def test_it_runs_what_verify_expects(run_playbook: Callable[..., Any], metrics: Any) -> None:
    assert eventually(lambda: all_up(metrics))
    verified = run_playbook("playbooks/verify.yml").ok()
    assert "BAD" not in verified.output
    assert verified.output.count("command_center vertical crm up up") == 3
