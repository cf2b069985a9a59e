# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits made in Grafana come back into files: nothing for an unedited dashboard, one line for one changed title."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana

testinfra_hosts = ["ansible://archive"]
ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "roles" / "grafana" / "files" / "dashboards"
FILE = "AetherLink/aetherlink-fleet-health.json"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "dashboards"))


@pytest.fixture
def export(run_playbook: Callable[..., Any], sources: Path) -> Callable[..., Any]:
    def run(*arguments: str, **variables: Any) -> Any:
        directory = {"export_dashboards_dir": str(sources), "export_host": "archive"}
        return run_playbook("playbooks/export_dashboards.yml", *arguments, variables={**directory, **variables})

    return run


@pytest.fixture
def edited(grafana: Grafana) -> Iterator[Callable[..., str]]:
    """edited(change): the uid of a copy of Fleet Health in Grafana, as a person edits a provisioned dashboard."""
    made = []

    def save(change: Callable[[dict[str, Any]], None]) -> str:
        dashboard = copy.deepcopy(grafana.get("/api/dashboards/uid/aetherlink-fleet-health")["dashboard"])
        change(dashboard)
        dashboard.update(id=None, uid=None, title=f"{dashboard['title']} Copy")
        uid = str(grafana.post("/api/dashboards/db", {"dashboard": dashboard, "folderUid": ""})["uid"])
        made.append(uid)
        return uid

    yield save
    for uid in made:
        grafana.delete(f"/api/dashboards/uid/{uid}")


def test_an_unedited_dashboard_gives_no_change(export: Callable[..., Any], sources: Path) -> None:
    seen = export("--diff").ok()

    assert seen.changed == 0
    assert "unchanged" in seen.output
    for path in SHIPPED.rglob("*.json"):
        assert (sources / path.relative_to(SHIPPED)).read_bytes() == path.read_bytes()


def test_a_changed_title_of_a_panel_is_one_line(
    export: Callable[..., Any], edited: Callable[..., str], sources: Path
) -> None:
    def change(dashboard: dict[str, Any]) -> None:
        next(panel for panel in dashboard["panels"] if panel["type"] == "timeseries")["title"] = "Renamed by a person"

    replaces = {edited(change): "aetherlink-fleet-health"}
    before = (sources / FILE).read_text().splitlines()

    assert "Renamed by a person" in export("--check", "--diff", export_replaces=replaces).ok().output
    assert (sources / FILE).read_text().splitlines() == before
    assert export(export_replaces=replaces).ok().changed == 1

    after = (sources / FILE).read_text().splitlines()
    assert len(after) == len(before)
    assert [(a, b) for a, b in zip(before, after) if a != b] != []
    assert len([1 for a, b in zip(before, after) if a != b]) == 1
    assert json.loads("\n".join(after))["uid"] == "aetherlink-fleet-health"


def test_a_dashboard_with_a_secret_is_refused_and_not_shown(
    export: Callable[..., Any], edited: Callable[..., str], sources: Path
) -> None:
    def change(dashboard: dict[str, Any]) -> None:
        dashboard["panels"][0]["description"] = "ask https://me:hunter2@example.org/"

    seen = export("--diff", "-vvv", export_replaces={edited(change): "aetherlink-fleet-health"}).refused()

    assert "aetherlink-fleet-health" in seen.output and "panels[0].description" in seen.output
    assert "hunter2" not in seen.output
    assert (sources / FILE).read_bytes() == (SHIPPED / FILE).read_bytes()
