# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole stack of inventories/dev on one host: from a vertical to a series in Prometheus, through live APIs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://monitored"]
RULE_GROUPS = {
    f"aetherlink-{name}"
    for name in ("verticals", "platform", "pipeline", "prometheus", "alertmanager", "grafana", "recordings")
}
PROMETHEUS = "http://127.0.0.1:9090/api/v1"
VERTICALS = {"crm", "roofing", "policy", "property", "media"}


@pytest.fixture(scope="module")
def report(run_playbook: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """verify.yml first: it waits until the first scrapes have happened."""
    path = tmp_path_factory.mktemp("verify") / "report.json"
    run_playbook("playbooks/verify.yml", f"--extra-vars=verify_report={path}").ok()
    found: dict[str, Any] = json.loads(Path(path).read_text())
    return found


def query(get: Any, expression: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(f"{PROMETHEUS}/query?query={quote(expression)}")["data"]["result"]
    return found


def test_verify_finds_everything_as_wanted(report: dict[str, Any]) -> None:
    assert report["ok"] is True
    assert {row["component"] for row in report["rows"]} == {
        "alertmanager",
        "command_center",
        "demo_verticals",
        "grafana",
        "host",
        "inbox",
        "prometheus",
    }
    assert all(row["ok"] for row in report["rows"])


def test_without_a_source_of_grafana_the_table_says_that_it_was_left_out(report: dict[str, Any]) -> None:
    rows = [row for row in report["rows"] if row["component"] == "grafana"]
    named = os.environ.get("GRAFANA_REPOSITORY_URL") or os.environ.get("GRAFANA_ARCHIVE_URL")
    if named and len(rows) > 1:
        assert {"health", "panels aetherlink-fleet-health"} <= {row["check"] for row in rows}
        return
    (row,) = rows
    assert row["check"] == "left out"
    not_named = "neither grafana_repository_url nor grafana_archive_url is set"
    assert ("check grafana_" in row["seen"]) if named else (row["seen"] == not_named)


def test_each_vertical_is_a_series_of_its_environment_once(report: dict[str, Any], get: Any) -> None:
    up = query(get, "aether_service_up")
    assert {series["metric"]["service"] for series in up} == VERTICALS
    assert len(up) == len(VERTICALS)
    assert {(series["metric"]["env"], series["value"][1]) for series in up} == {("dev", "1")}


def test_the_totals_are_sums_of_the_fleet(report: dict[str, Any], get: Any) -> None:
    for total in ("contacts", "deals", "jobs", "policies", "properties", "uploads"):
        (series,) = query(get, f"aether_platform_total_{total}")
        assert float(series["value"][1]) > 0


def test_command_center_is_scraped_every_15_s(report: dict[str, Any], get: Any) -> None:
    targets = get(f"{PROMETHEUS}/targets?state=active")["data"]["activeTargets"]
    (target,) = (t for t in targets if t["labels"]["job"] == "aetherlink-command-center")
    assert (target["health"], target["scrapeInterval"], target["scrapeTimeout"]) == ("up", "15s", "10s")


def test_prometheus_and_alertmanager_are_connected(report: dict[str, Any], get: Any) -> None:
    active = get(f"{PROMETHEUS}/alertmanagers")["data"]["activeAlertmanagers"]
    assert [alertmanager["url"] for alertmanager in active] == ["http://127.0.0.1:9093/api/v2/alerts"]
    groups = {group["name"]: group["rules"] for group in get(f"{PROMETHEUS}/rules")["data"]["groups"]}
    assert set(groups) == RULE_GROUPS
    assert {rule["name"] for rule in groups["aetherlink-verticals"]} == {
        "AetherlinkVerticalServiceDown",
        "AetherlinkVerticalDataStale",
        "AetherlinkVerticalScrapeErrors",
        "AetherlinkVerticalScrapeSlow",
    }


def test_the_watchdog_reaches_alertmanager_and_no_other_alert_fires_on_a_healthy_stack(get: Any) -> None:
    deadline = time.monotonic() + 60
    while not (alerts := get("http://127.0.0.1:9093/api/v2/alerts")) and time.monotonic() < deadline:
        time.sleep(1)
    assert [alert["labels"] for alert in alerts] == [{"alertname": "Watchdog", "env": "dev", "severity": "none"}]


def test_the_watchdog_arrives_in_the_inbox_where_dev_has_no_webhook(get: Any) -> None:
    deadline = time.monotonic() + 60
    while not (kept := get("http://127.0.0.1:8025/api/messages")["messages"]) and time.monotonic() < deadline:
        time.sleep(1)
    assert [(m["kind"], m["receiver"], m["body"]["commonLabels"]["alertname"]) for m in kept[:1]] == [
        ("webhook", "watchdog", "Watchdog")
    ]


def test_recording_rules_have_data(get: Any) -> None:
    deadline = time.monotonic() + 60  # the rules are evaluated each 15 s, and the first scrape may be news
    while not (found := query(get, "env:aether_service_up:count == 5")) and time.monotonic() < deadline:
        time.sleep(1)
    assert [series["metric"]["env"] for series in found] == ["dev"]


def test_verify_fails_and_says_where_when_a_service_is_down(run_playbook: Callable[..., Any], host: Host) -> None:
    host.check_output("systemctl stop aetherlink-alertmanager")
    try:
        seen = run_playbook("playbooks/verify.yml", variables={"verify_timeout": 1}).refused()
    finally:
        host.check_output("systemctl start aetherlink-alertmanager")
    assert "checks failed; the first: alertmanager on dev, API: wanted answers, seen" in seen.output
    assert "BAD dev prometheus alertmanager 127.0.0.1:9093" in seen.output


def test_disabling_the_rules_by_name_takes_them_out_of_the_running_prometheus(
    run_playbook: Callable[..., Any], get: Any
) -> None:
    variables = {"prometheus_rule_groups_disabled": ["aetherlink-verticals"]}
    run_playbook("playbooks/site.yml", variables=variables).ok()
    loaded = {group["name"] for group in get(f"{PROMETHEUS}/rules")["data"]["groups"]}
    assert loaded == RULE_GROUPS - {"aetherlink-verticals"}
    assert run_playbook("playbooks/site.yml").ok().changed == 1
    assert len(get(f"{PROMETHEUS}/rules")["data"]["groups"]) == len(RULE_GROUPS)
