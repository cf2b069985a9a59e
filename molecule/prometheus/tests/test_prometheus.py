# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployed Prometheus, asked through its API: it is the wanted one and does what the inventory says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from testinfra.host import Host

testinfra_hosts = ["ansible://prometheus"]
API = "http://127.0.0.1:9090/api/v1"
VERSIONS = {"bookworm": "2.42.", "trixie": "2.53.", "testing": "3.", "archive": "2.53."}
VERTICAL_ALERTS = {
    "AetherlinkVerticalServiceDown",
    "AetherlinkVerticalDataStale",
    "AetherlinkVerticalScrapeErrors",
    "AetherlinkVerticalScrapeSlow",
}


def test_it_is_the_version_that_its_release_says(host: Host, get: Any, component: Any) -> None:
    running = get(f"{API}/status/buildinfo")["data"]["version"]
    assert running.startswith(VERSIONS[host.check_output("hostname")])
    assert component("prometheus").meta()["version"].startswith(running)


def test_it_keeps_fifteen_days_in_its_own_directory(get: Any, host: Host) -> None:
    flags = get(f"{API}/status/flags")["data"]
    assert flags["storage.tsdb.retention.time"] == "15d"
    assert flags["storage.tsdb.path"] == "/var/lib/aetherlink/prometheus"
    assert host.file("/var/lib/aetherlink/prometheus/wal").is_directory
    assert not host.file("/var/lib/prometheus/metrics2/wal").exists


def test_every_host_of_the_group_is_scraped_under_its_inventory_name(get: Any) -> None:
    deadline = time.monotonic() + 40
    while True:
        targets = get(f"{API}/targets?state=active")["data"]["activeTargets"]
        health = {(t["labels"]["job"], t["labels"]["instance"], t["labels"]["env"]): t["health"] for t in targets}
        if set(health.values()) == {"up"} or time.monotonic() > deadline:
            break
        time.sleep(1)
    assert health == {("prometheus", f"{name}:9090", "staging"): "up" for name in VERSIONS}


def test_the_rules_are_loaded_and_evaluate(get: Any) -> None:
    groups = {group["name"]: group["rules"] for group in get(f"{API}/rules")["data"]["groups"]}
    brought = ("verticals", "platform", "pipeline", "prometheus", "alertmanager", "grafana", "recordings")
    assert set(groups) == {"example", *(f"aetherlink-{name}" for name in brought)}
    assert {rule["name"] for rule in groups["aetherlink-verticals"]} == VERTICAL_ALERTS
    names = {rule["name"] for rules in groups.values() for rule in rules}
    # Neither is monitored here: they would fire for ever.
    assert not names & {"AetherlinkCommandCenterDown", "PrometheusNotConnectedToAlertmanagers"}
    assert {"Watchdog", "PrometheusRuleFailures", "AlertmanagerFailedReload"} <= names
    assert all(rule["health"] in ("ok", "unknown") for rules in groups.values() for rule in rules)


def test_the_intervals_are_the_platforms(get: Any) -> None:
    config = get(f"{API}/status/config")["data"]["yaml"]
    for line in ("scrape_interval: 15s", "scrape_timeout: 10s", "env: staging"):
        assert line in config


def test_verify_says_so_too(run_playbook: Callable[..., Any]) -> None:
    verified = run_playbook("playbooks/verify.yml").ok()
    assert "BAD" not in verified.output
    for name in VERSIONS:
        assert f"{name} prometheus target prometheus {name}:9090 up up" in verified.output
