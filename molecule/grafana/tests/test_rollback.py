# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards go back, alone and with all else, and the others show why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana

testinfra_hosts = ["ansible://archive"]

MINE = {"uid": "mine", "title": "Mine", "schemaVersion": 42, "panels": [], "templating": {"list": []}}
PATH = "My team/mine.json"


@pytest.fixture(autouse=True)
def unheld(deploy: Any) -> Any:
    """Whatever a test did, nothing is held for the next one, and all is as the inventory wants it."""
    yield
    if not deploy.as_wanted:
        deploy(unhold=True).ok()


def uids(grafana: Grafana) -> set[str]:
    return {one["uid"] for one in grafana.get("/api/search", type="dash-db")}


def test_dashboards_alone_go_back_and_the_settings_stay(
    grafana: Grafana, deploy: Callable[..., Any], rollback: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before, good = uids(grafana), component("grafana").release()
    deploy(grafana_dashboards={PATH: MINE}).ok()
    deploy(grafana_dashboards={PATH: MINE}, grafana_ini={"users": {"default_theme": "light"}}).ok()
    process = component("grafana").process()

    rollback(part="dashboards").ok()

    assert uids(grafana) == before
    meta = component("grafana").meta()
    assert (meta["composed"]["part"], meta["composed"]["of"]) == ("dashboards", good)
    assert "default_theme = light" in component("grafana").host.check_output("cat /etc/aetherlink/grafana/grafana.ini")
    assert component("grafana").process() == process, "dashboards need no restart"


def test_all_of_it_goes_back_with_the_password_and_is_marked_with_the_reason(
    grafana: Grafana,
    deploy: Callable[..., Any],
    rollback: Callable[..., Any],
    component: Callable[[str], Any],
) -> None:
    before, good = uids(grafana), component("grafana").release()
    secrets = {"admin_password": "another-Quince-77-otter", "secret_key": "zr4-ochre-lantern-66"}
    deploy(grafana_dashboards={PATH: MINE}, grafana_secrets=secrets).ok()
    assert "mine" in uids(Grafana(grafana.url, "admin", secrets["admin_password"]))

    rollback(component="grafana", reason="nobody can read it").ok()

    assert component("grafana").release() == good
    assert uids(grafana) == before, "with the password that this release has"
    marks = [one["text"] for one in grafana.get("/api/annotations", tags="aetherlink-rollback")]
    assert any(f"back to {good}: nobody can read it" in mark for mark in marks), marks
