# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of dashboards, data sources, configuration, password and version does to a running Grafana."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana, GrafanaError
from testinfra.host import Host

testinfra_hosts = ["ansible://archive"]
pytestmark = pytest.mark.usefixtures("afterwards_as_before")

MINE = {"uid": "mine", "title": "Mine", "schemaVersion": 42, "panels": [], "templating": {"list": []}}
PATH = "My team/mine.json"


def ids(grafana: Grafana) -> dict[str, int]:
    """Grafana's own number of each dashboard, which changes when it is deleted and made anew."""
    return {one["uid"]: one["id"] for one in grafana.get("/api/search", type="dash-db")}


def versions(grafana: Grafana) -> dict[str, int]:
    return {uid: grafana.get(f"/api/dashboards/uid/{uid}")["dashboard"]["version"] for uid in ids(grafana)}


def test_a_new_a_changed_and_a_removed_dashboard_need_no_restart(
    grafana: Grafana, deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before, process = (ids(grafana), versions(grafana)), component("grafana").process()

    deploy(grafana_dashboards={PATH: MINE}).ok()
    assert set(ids(grafana)) == {*before[0], "mine"}
    first = versions(grafana)["mine"]

    deploy(grafana_dashboards={PATH: {**MINE, "title": "Mine, renamed"}}).ok()
    found = grafana.get("/api/dashboards/uid/mine")
    assert (found["dashboard"]["title"], found["meta"]["folderTitle"]) == ("Mine, renamed", "My team")
    assert found["dashboard"]["version"] > first

    deploy().ok()
    # Those that did not change were neither saved again nor made anew.
    assert (ids(grafana), versions(grafana)) == before
    assert component("grafana").process() == process
    assert component("grafana").journal()[-1]["action"] == "reload"


def folders(grafana: Grafana) -> dict[str, str]:
    """{title: uid} of those at the top."""
    return {one["title"]: one["uid"] for one in grafana.get("/api/folders")}


def test_a_folder_that_left_goes_without_a_restart(
    grafana: Grafana, deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    process = component("grafana").process()
    deploy(grafana_dashboards={PATH: MINE}).ok()
    assert "My team" in folders(grafana)

    deploy().ok()

    assert set(folders(grafana)) == {"AetherLink"}
    assert component("grafana").process() == process


def test_a_folder_that_left_goes_with_a_restart_too(grafana: Grafana, deploy: Callable[..., Any]) -> None:
    deploy(grafana_dashboards={PATH: MINE}, grafana_ini={"users": {"default_theme": "light"}}).ok()

    deploy().ok()

    assert set(folders(grafana)) == {"AetherLink"}


def test_a_folder_in_which_somebody_has_something_stays(grafana: Grafana, deploy: Callable[..., Any]) -> None:
    deploy(grafana_dashboards={PATH: MINE}).ok()
    theirs = {"dashboard": {"title": "Of a person", "schemaVersion": 42, "panels": []}}
    uid = grafana.post("/api/dashboards/db", {**theirs, "folderUid": folders(grafana)["My team"]})["uid"]

    deploy().ok()
    assert grafana.get(f"/api/dashboards/uid/{uid}")["meta"]["folderTitle"] == "My team"
    assert deploy().ok().changed == 0

    # It is theirs from then on, also when they have emptied it.
    grafana.delete(f"/api/dashboards/uid/{uid}")
    assert deploy().ok().changed == 0
    grafana.delete(f"/api/folders/{folders(grafana)['My team']}")


def test_a_data_source_that_leaves_the_inventory_leaves_grafana(
    host: Host, grafana: Grafana, deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    process = component("grafana").process()
    own = {"name": "Prometheus", "uid": "prometheus", "type": "prometheus", "url": "http://127.0.0.1:9090"}
    second = {"name": "Second", "uid": "second", "type": "prometheus", "url": "http://127.0.0.1:9090"}

    deploy(grafana_datasources=[{**own, "isDefault": True}, second]).ok()
    assert {one["name"] for one in grafana.get("/api/datasources")} == {"Prometheus", "Second"}

    # Another uid is another data source to Grafana, which refuses to rename one.
    deploy(grafana_datasources=[{**own, "isDefault": True}, {**second, "uid": "renamed"}]).ok()
    assert {one["uid"] for one in grafana.get("/api/datasources")} == {"prometheus", "renamed"}

    deploy().ok()
    assert {one["name"] for one in grafana.get("/api/datasources")} == {"Prometheus"}
    assert component("grafana").process() == process


def test_a_changed_grafana_ini_restarts_it_and_keeps_everything(
    grafana: Grafana, deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before, process = ids(grafana), component("grafana").process()

    deploy(grafana_ini={"users": {"default_theme": "light"}}).ok()

    assert component("grafana").process() != process
    assert component("grafana").journal()[-1]["action"] == "restart"
    assert ids(grafana) == before


def test_a_new_password_is_taken_over_without_a_restart(
    url: str, deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    process = component("grafana").process()
    secrets = {"admin_password": "another-Quince-77-otter", "secret_key": "zr4-ochre-lantern-66"}

    seen = deploy("--diff", "-vvv", grafana_secrets=secrets).ok()

    assert Grafana(url, "admin", secrets["admin_password"]).get("/api/org")
    with pytest.raises(GrafanaError):
        Grafana(url, "admin", "Kx7-veldspar-91-quince").get("/api/org")
    assert component("grafana").process() == process
    assert secrets["admin_password"] not in seen.output


def test_a_password_changed_in_grafana_is_told_and_the_account_is_not_locked(
    url: str, grafana: Grafana, deploy: Callable[..., Any]
) -> None:
    other = "changed-By-a-person-42"
    change = {"oldPassword": "Kx7-veldspar-91-quince", "newPassword": other, "confirmNew": other}
    grafana.put("/api/user/password", change)
    try:
        sentence = "if somebody changed the password in Grafana, put that into grafana_secrets.admin_password"
        assert sentence in deploy().refused().output
    finally:
        back = {"oldPassword": other, "newPassword": change["oldPassword"], "confirmNew": change["oldPassword"]}
        Grafana(url, "admin", other).put("/api/user/password", back)


def test_a_dashboard_deleted_by_hand_comes_back(grafana: Grafana, host: Host, deploy: Callable[..., Any]) -> None:
    host.check_output("rm '/opt/aetherlink/grafana/links/dashboards/AetherLink/aetherlink-fleet-health.json'")
    grafana.post("/api/admin/provisioning/dashboards/reload", {})
    assert "aetherlink-fleet-health" not in ids(grafana)

    deploy().ok()

    assert "aetherlink-fleet-health" in ids(grafana)


def test_up_a_version_and_down_again(
    grafana: Grafana, deploy: Callable[..., Any], component: Callable[[str], Any], source: dict[str, Any]
) -> None:
    """With the real Grafana, the other version is the same archive under another name."""
    archive, before = source["archive"], ids(grafana)
    shown = grafana.get("/api/health")["version"]

    deploy(**archive["other"]).ok()
    assert component("grafana").meta()["version"] == archive["other"]["grafana_version"]
    assert grafana.get("/api/health")["version"] == archive["says"]
    assert ids(grafana) == before

    deploy().ok()
    assert component("grafana").meta()["version"] == archive["grafana_version"]
    assert grafana.get("/api/health")["version"] == shown
    assert ids(grafana) == before


def test_a_deploy_is_marked_for_the_dashboards(
    grafana: Grafana, deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    deploy(prometheus_external_labels={"region": "north"}).ok()

    text = f"prometheus on archive: release {component('prometheus').release()} (reload)"
    (found,) = (one for one in grafana.get("/api/annotations", tags="aetherlink-deploy") if one["text"] == text)
    assert set(found["tags"]) == {"aetherlink-deploy", "prometheus", "archive", "prod"}


def test_a_switch_back_is_marked_as_one(
    grafana: Grafana, deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before = component("prometheus").release()

    deploy(
        prometheus_retention_time="1d", prometheus_flags={"no.such-flag": True}, prometheus_skip_check=True
    ).refused()

    text = f"prometheus on archive: back to release {before}"
    assert [one for one in grafana.get("/api/annotations", tags="aetherlink-rollback") if one["text"] == text]
