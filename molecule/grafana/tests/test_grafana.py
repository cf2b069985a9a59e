# SPDX-License-Identifier: GPL-3.0-or-later
"""Grafana as it was deployed by each install method: who gets in, what it shows, what its host has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana, GrafanaError
from testinfra.host import Host

testinfra_hosts = ["ansible://grafana"]
FOLDER = "AetherLink"
UIDS = {
    "aetherlink-fleet-health",
    "aetherlink-vertical-detail",
    "aetherlink-alerting-delivery",
    "aetherlink-monitoring-health",
}


def test_it_is_well_and_of_the_releases_version(grafana: Grafana, component: Callable[[str], Any]) -> None:
    health = grafana.get("/api/health")

    assert (health["database"], health["version"]) == ("ok", component("grafana").meta()["version"])


@pytest.mark.parametrize("path", ["/api/search", "/api/datasources", "/api/dashboards/uid/aetherlink-fleet-health"])
def test_nobody_gets_in_without_a_user(url: str, path: str) -> None:
    with pytest.raises(GrafanaError) as refused:
        Grafana(url).get(path)

    assert refused.value.status == 401


@pytest.mark.parametrize("user", ["admin", "viewer"])
def test_nobody_gets_in_with_grafanas_own_password(url: str, user: str) -> None:
    with pytest.raises(GrafanaError) as refused:
        Grafana(url, user, "admin").get("/api/search")

    assert refused.value.status == 401


def test_it_shows_the_dashboards_in_their_folder(grafana: Grafana) -> None:
    found = grafana.get("/api/search", type="dash-db")

    assert {one["uid"] for one in found} == UIDS
    assert {one["folderTitle"] for one in found} == {FOLDER}
    assert all(grafana.get(f"/api/dashboards/uid/{uid}")["meta"]["provisioned"] for uid in UIDS)


def test_its_data_source_works(grafana: Grafana) -> None:
    (source,) = grafana.get("/api/datasources")

    assert (source["uid"], source["url"], source["isDefault"]) == ("prometheus", "http://127.0.0.1:9090", True)
    assert grafana.get("/api/datasources/uid/prometheus/health")["status"] == "OK"


def test_secrets_are_the_services_alone(host: Host) -> None:
    listing = host.check_output("stat -c '%U %G %a %n' /opt/aetherlink/grafana/current/etc/secrets/*").splitlines()

    assert {line.rpartition("/")[2] for line in listing} == {"admin_password", "secret_key"}
    assert {line.rpartition(" ")[0] for line in listing} == {"root aetherlink-grafana 640"}
    ini = host.check_output("cat /etc/aetherlink/grafana/grafana.ini")
    assert "admin_password = $__file{/etc/aetherlink/grafana/secrets/admin_password}" in ini


def test_the_packages_own_service_never_ran(host: Host) -> None:
    assert host.check_output("systemctl show grafana-server.service --property=ActiveEnterTimestamp --value") == ""


def test_the_links_lead_through_current(host: Host, component: Callable[[str], Any]) -> None:
    links = host.check_output("find /opt/aetherlink/grafana/links -type l -printf '%P %l\\n'").splitlines()

    assert len(links) == 4 + len(UIDS)  # a file of provisioning for each kind
    for line in links:
        name, _, target = line.rpartition(" ")
        assert target.replace("\\ ", " ") == f"/opt/aetherlink/grafana/current/etc/{name}"
