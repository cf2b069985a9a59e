# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Prometheus is asked after a deploy: answers as 2.42 gives them, over real HTTP, good and bad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import prometheus_rows as prometheus
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Row, getter

Look = Callable[..., dict[str, Row]]
RULES = ["AetherlinkVerticalServiceDown", "AetherlinkVerticalDataStale"]
FLEET = (
    "aether_service_up",
    "aether_service_stale",
    "aether_verticals_scrape_errors_total",
    "aether_verticals_scrape_duration_seconds_count",
    "aether_platform_total_contacts",
    "aether_platform_total_deals",
    "aether_platform_total_jobs",
    "aether_platform_total_properties",
    "aether_platform_total_policies",
    "aether_platform_total_uploads",
)


def data(content: Any) -> dict[str, Any]:
    return {"status": "success", "data": content}


def target(job: str, address: str, health: str = "up", error: str = "", **labels: str) -> dict[str, Any]:
    labels = {"env": "dev", "instance": address, "job": job, **labels}
    return {
        "discoveredLabels": {"__address__": address, "__metrics_path__": "/metrics", "__scheme__": "http", "job": job},
        "labels": labels,
        "scrapePool": job,
        "scrapeUrl": f"http://{address}/metrics",
        "lastError": error,
        "lastScrape": "2026-11-24T04:24:44.010484349Z",
        "health": health,
    }


def rule(name: str, health: str = "ok") -> dict[str, Any]:
    return {"name": name, "query": "aether_service_up == 0", "duration": 300, "health": health, "type": "alerting"}


def group(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "file": f"/etc/aetherlink/prometheus/rules/{name}.yml", "rules": rules, "interval": 15}


def targets(*active: dict[str, Any]) -> dict[str, Any]:
    return data({"activeTargets": active, "droppedTargets": []})


def vector(**count_by_env: int) -> dict[str, Any]:
    result = [{"metric": {"env": env}, "value": [1795494287.259, str(n)]} for env, n in count_by_env.items()]
    return data({"resultType": "vector", "result": result})


def alertmanagers(*urls: str) -> dict[str, Any]:
    return data({"activeAlertmanagers": [{"url": url} for url in urls], "droppedAlertmanagers": []})


@pytest.fixture
def healthy(server: Any) -> Any:
    """A Prometheus where all is as wanted. It stands in for its Alertmanager too."""
    server.put("/api/v1/status/buildinfo", data({"version": "2.42.0+ds", "revision": "2.42.0+ds-5+deb12u1"}))
    server.put("/api/v1/targets", targets(target("crm", "10.0.0.1:80"), target("crm", "10.0.0.2:80")))
    server.put("/api/v1/rules", data({"groups": [group("verticals", *map(rule, RULES))]}))
    server.put("/api/v1/alertmanagers", alertmanagers(f"{server.url}/api/v2/alerts"))
    server.put("/-/ready", "OK")
    server.put("/api/v1/query", vector(dev=5))
    return server


@pytest.fixture
def look(healthy: Any) -> Look:
    """The rows by their check."""

    def ask(**changes: Any) -> dict[str, Row]:
        wanted = {
            "env": "dev",
            "version": "2.42.0+ds-5+deb12u1",
            "targets": [{"job": "crm", "address": a, "instance": a} for a in ("10.0.0.1:80", "10.0.0.2:80")],
            "discovering": [],
            "rule_groups": {"verticals": RULES},
            "alertmanagers": [{"address": healthy.address, "access": {}}],
            "fleet": True,
        }
        rows = prometheus.rows(getter(healthy.url), {**wanted, **changes})
        assert len({r["check"] for r in rows}) == len(rows)
        return {r["check"]: r for r in rows}

    return ask


def test_a_healthy_prometheus_has_good_rows_only(look: Look, healthy: Any) -> None:
    rows = look()

    assert [check for check, r in rows.items() if not r["ok"]] == []
    assert list(rows) == [
        "version",
        "target crm 10.0.0.1:80",
        "target crm 10.0.0.2:80",
        "rule group verticals",
        f"alertmanager {healthy.address}",
        *(f"series {metric}" for metric in FLEET),
    ]
    assert rows["series aether_service_up"]["seen"] == "dev: 5"


def test_another_version_is_bad(look: Look) -> None:
    row = look(version="2.53.3+ds1-2")["version"]

    assert (row["wanted"], row["seen"], row["ok"]) == ("2.53.3+ds1-2", "2.42.0+ds", False)


def test_a_target_that_is_down_is_bad_and_says_why(look: Look, healthy: Any) -> None:
    refused = 'Get "http://10.0.0.2:80/metrics": dial tcp 10.0.0.2:80: connect: connection refused'
    down = target("crm", "10.0.0.2:80", health="down", error=refused)
    healthy.put("/api/v1/targets", targets(target("crm", "10.0.0.1:80"), down))

    rows = look()

    assert rows["target crm 10.0.0.1:80"]["ok"]
    assert not rows["target crm 10.0.0.2:80"]["ok"]
    assert rows["target crm 10.0.0.2:80"]["seen"] == f"down {refused}"


def test_a_target_that_was_not_scraped_yet_is_not_up(look: Look, healthy: Any) -> None:
    waiting = target("crm", "10.0.0.2:80", health="unknown")
    healthy.put("/api/v1/targets", targets(target("crm", "10.0.0.1:80"), waiting))

    row = look()["target crm 10.0.0.2:80"]

    assert (row["seen"], row["ok"]) == ("unknown", False)


def test_a_target_that_prometheus_does_not_know_is_bad(look: Look, healthy: Any) -> None:
    healthy.put("/api/v1/targets", targets(target("crm", "10.0.0.1:80")))

    row = look()["target crm 10.0.0.2:80"]

    assert (row["seen"], row["ok"]) == ("no such target", False)


def test_a_target_that_should_be_gone_is_bad(look: Look) -> None:
    row = look(targets=[{"job": "crm", "address": "10.0.0.1:80", "instance": "10.0.0.1:80"}])["target crm 10.0.0.2:80"]

    assert (row["wanted"], row["seen"], row["ok"]) == ("not scraped", "up", False)


def test_what_a_job_discovers_by_itself_is_left_alone(look: Look) -> None:
    rows = look(
        targets=[{"job": "crm", "address": "10.0.0.1:80", "instance": "10.0.0.1:80"}],
        discovering=["crm"],
    )

    assert "target crm 10.0.0.2:80" not in rows


def test_a_target_is_found_whatever_instance_relabelling_gives_it(look: Look, healthy: Any) -> None:
    relabelled = [target("crm", f"10.0.0.{n}:80", instance=f"web{n}") for n in (1, 2)]
    healthy.put("/api/v1/targets", targets(*relabelled))

    assert look()["target crm 10.0.0.2:80"]["ok"]


def test_one_address_may_be_scraped_twice_by_a_job(look: Look, healthy: Any) -> None:
    healthy.put("/api/v1/targets", targets(*(target("probe", "10.0.0.1:80", instance=name) for name in "ab")))

    rows = look(targets=[{"job": "probe", "address": "10.0.0.1:80", "instance": name} for name in "ab"])

    assert rows["target probe a"]["ok"] and rows["target probe b"]["ok"]


def test_a_missing_rule_group_is_bad(look: Look) -> None:
    row = look(rule_groups={"verticals": RULES, "own": ["Down"]})["rule group own"]

    assert (row["wanted"], row["seen"], row["ok"]) == ("1 rules", "not loaded", False)


def test_a_rule_group_that_should_be_gone_is_bad(look: Look) -> None:
    row = look(rule_groups={})["rule group verticals"]

    assert (row["wanted"], row["seen"], row["ok"]) == ("not loaded", "2 rules", False)


def test_a_rule_that_cannot_be_evaluated_is_named(look: Look, healthy: Any) -> None:
    rules = group("verticals", rule(RULES[0]), rule(RULES[1], health="err"))
    healthy.put("/api/v1/rules", data({"groups": [rules]}))

    row = look()["rule group verticals"]

    assert (row["seen"], row["ok"]) == ("failing: AetherlinkVerticalDataStale", False)


def test_rules_of_other_names_are_named(look: Look, healthy: Any) -> None:
    healthy.put("/api/v1/rules", data({"groups": [group("verticals", rule(RULES[0]), rule("Other"))]}))

    row = look()["rule group verticals"]

    assert not row["ok"]
    assert row["seen"] == "2 rules, without AetherlinkVerticalDataStale, with Other"


def test_rules_in_another_order_are_bad(look: Look) -> None:
    row = look(rule_groups={"verticals": RULES[::-1]})["rule group verticals"]

    assert (row["seen"], row["ok"]) == ("2 rules, in another order", False)


def test_an_alertmanager_that_prometheus_does_not_know_is_bad(look: Look, healthy: Any) -> None:
    healthy.put("/api/v1/alertmanagers", alertmanagers())

    row = look()[f"alertmanager {healthy.address}"]

    assert (row["seen"], row["ok"]) == ("unknown to Prometheus", False)


def test_an_alertmanager_that_does_not_answer_is_bad_though_prometheus_lists_it(
    look: Look, healthy: Any, nobody: str
) -> None:
    healthy.put("/api/v1/alertmanagers", alertmanagers(f"http://{nobody}/api/v2/alerts"))

    row = look(alertmanagers=[{"address": nobody, "access": {}}])[f"alertmanager {nobody}"]

    assert not row["ok"]
    assert row["seen"] == "does not answer: [Errno 111] Connection refused"


def test_something_else_on_the_port_of_the_alertmanager_is_bad(look: Look, healthy: Any) -> None:
    healthy.put_raw("/-/ready", b"SSH-2.0-OpenSSH_9.2p1\r\n")

    row = look()[f"alertmanager {healthy.address}"]

    assert not row["ok"]
    assert row["seen"].startswith("does not answer: ")


def test_an_alertmanager_is_found_behind_its_path_prefix(look: Look, healthy: Any) -> None:
    healthy.put("/api/v1/alertmanagers", alertmanagers(f"{healthy.url}/alerts/api/v2/alerts"))
    healthy.put("/alerts/-/ready", "OK")

    assert look()[f"alertmanager {healthy.address}"]["ok"]


@pytest.mark.parametrize(
    ("found", "seen"),
    [({"prod": 5}, "prod: 5"), ({"dev": 4, "prod": 1}, "dev: 4, prod: 1"), ({}, "no series")],
)
def test_series_of_a_wrong_environment_or_none_are_bad(
    look: Look, healthy: Any, found: dict[str, int], seen: str
) -> None:
    healthy.put("/api/v1/query", vector(**found))

    row = look()["series aether_service_up"]

    assert (row["wanted"], row["seen"], row["ok"]) == ("env dev only", seen, False)


def test_series_without_an_environment_are_bad(look: Look, healthy: Any) -> None:
    healthy.put("/api/v1/query", data({"resultType": "vector", "result": [{"metric": {}, "value": [1, "5"]}]}))

    row = look()["series aether_service_up"]

    assert (row["seen"], row["ok"]) == ("no env: 5", False)


def test_each_metric_of_the_fleet_is_asked_for_itself(look: Look, healthy: Any) -> None:
    healthy.put("/api/v1/query", lambda query: vector(dev=5) if "(aether_service_up)" in query["query"] else vector())

    rows = look()

    assert rows["series aether_service_up"]["ok"]
    assert not rows["series aether_service_stale"]["ok"]


def test_a_prometheus_that_does_not_scrape_command_center_needs_no_fleet(look: Look, healthy: Any) -> None:
    rows = look(fleet=False)

    assert not any(check.startswith("series") for check in rows)
    assert healthy.count("/api/v1/query") == 0
