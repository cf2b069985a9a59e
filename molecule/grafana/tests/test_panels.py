# SPDX-License-Identifier: GPL-3.0-or-later
"""Every panel shows data, in time, with three environments and 200 services more, and with one environment down."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panel_answers import problems, series
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panel_queries import panels

testinfra_hosts = ["ansible://dev"]
UP = quote("count by (env) (aether_service_up == 1)")
SERVICES = {"dev": 4, "staging": 100, "prod": 100}


@pytest.fixture
def report(run_playbook: Callable[..., Any], tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """report(): the rows of Grafana in verify.yml.

    Those of Prometheus are left out: it has series of two more environments here, which verify.yml takes for a mistake.
    It asks about them until its time is over, so that is short.
    """

    def verify() -> list[dict[str, Any]]:
        path = tmp_path / "report.json"
        run_playbook("playbooks/verify.yml", "--limit=dev", f"--extra-vars=verify_report={path} verify_timeout=15")
        return [row for row in json.loads(path.read_text())["rows"] if row["component"] == "grafana"]

    return verify


@pytest.fixture
def staging_down(mirror: Callable[..., str], get: Any) -> Iterator[None]:
    mirror("touch", "/srv/mirror/down-staging")
    wait_for(get, "staging", None)
    yield
    mirror("rm", "/srv/mirror/down-staging")
    wait_for(get, "staging", SERVICES["staging"])


def up(get: Any) -> dict[str, int]:
    found = get(f"http://127.0.0.1:9090/api/v1/query?query={UP}")["data"]["result"]
    return {one["metric"]["env"]: int(one["value"][1]) for one in found}


def wait_for(get: Any, env: str, services: int | None) -> None:
    for _ in range(30):
        if up(get).get(env) == services:
            return
        time.sleep(1)
    pytest.fail(f"{env} still has {up(get).get(env)} services, not {services}")


def test_verify_asks_every_panel_and_each_shows_data(report: Callable[[], list[dict[str, Any]]], get: Any) -> None:
    wait_for(get, "prod", SERVICES["prod"])
    rows = {row["check"]: row for row in report()}

    assert all(row["ok"] for row in rows.values()), rows
    asked = [row for check, row in rows.items() if check.startswith("panels ")]
    assert len(asked) == 4
    for row in asked:
        shown, _, of = row["seen"].partition(";")[0].partition(" of ")
        assert shown == of and int(of) >= 10, row


def test_every_panel_shows_data_with_one_environment_down(
    staging_down: None, report: Callable[[], list[dict[str, Any]]], get: Any
) -> None:
    assert up(get) == {"dev": SERVICES["dev"], "prod": SERVICES["prod"]}

    rows = report()
    assert len(rows) > 8 and all(row["ok"] for row in rows), rows


def test_the_first_row_says_which_environment_is_down(
    staging_down: None, grafana: Grafana, dashboards: Callable[[], dict[str, Any]]
) -> None:
    fleet = dashboards()["aetherlink-fleet-health"]
    fleet["panels"] = [panel for panel in fleet["panels"] if panel["gridPos"]["y"] <= 1]
    said = {env: set[float]() for env in SERVICES}
    for panel in panels(fleet, "prometheus"):
        for result in grafana.query(panel.queries, panel.start, panel.end).values():
            for one in series(result):
                if one.labels.get("env") in said:
                    said[one.labels["env"]].update(one.numbers)

    assert said["staging"] != said["prod"], said


@pytest.mark.parametrize("env", sorted(SERVICES))
def test_a_chosen_environment_is_the_only_one_that_any_panel_shows(
    grafana: Grafana, dashboards: Callable[[], dict[str, Any]], env: str
) -> None:
    found = []
    for dashboard in dashboards().values():
        chosen = json.loads(json.dumps(dashboard).replace("$env", env))
        for panel in panels(chosen, "prometheus"):
            answer = grafana.query(panel.queries, panel.start, panel.end)
            seen = problems(panel.queries, answer, [env])
            found += [f"{dashboard['title']}, {panel.title}: {problem}" for problem in seen if "of env" in problem]

    assert found == []


def test_the_environments_and_services_can_be_chosen(get: Any, dashboards: Callable[[], dict[str, Any]]) -> None:
    variables = {v["name"]: v for v in dashboards()["aetherlink-fleet-health"]["templating"]["list"]}
    choices = {}
    for name in ("env", "service"):
        query = variables[name]["query"]["query"].replace("$env", ".+")
        selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", query).groups()
        found = get(f"http://127.0.0.1:9090/api/v1/label/{label}/values?match[]={quote(selector)}")
        choices[name] = found["data"]

    assert set(choices["env"]) == set(SERVICES)
    assert {"staging-000", "prod-099"} <= set(choices["service"])
