# SPDX-License-Identifier: GPL-3.0-or-later
"""The public filters: what a role would deploy, from its variables alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.filter.alertmanager_config import alertmanager_config
from ansible_collections.aetherlink.monitoring.plugins.filter.command_center_config import command_center_config
from ansible_collections.aetherlink.monitoring.plugins.filter.grafana_provisioning import grafana_provisioning
from ansible_collections.aetherlink.monitoring.plugins.filter.prometheus_config import prometheus_config

INVENTORY: dict[str, Any] = {
    "aether_env": "staging",
    "inventory_hostname": "mon1",
    "groups": {"prometheus": ["mon1"], "node": ["mon1", "web1"]},
    "hostvars": {"mon1": {}, "web1": {"ansible_host": "10.0.0.12"}},
}
ALERTMANAGER: dict[str, Any] = {
    "aether_env": "staging",
    "alertmanager_receivers": [{"name": "nobody"}],
    "alertmanager_route": {"receiver": "nobody"},
    "alertmanager_inhibit_rules": [],
    "alertmanager_time_intervals": [],
    "alertmanager_routing_tests": [],
}


def test_prometheus_has_the_jobs_of_the_inventorys_groups() -> None:
    disabled = ["aetherlink-command-center", "alertmanager", "grafana"]
    jobs = [{"job_name": "node", "groups": ["node"], "port": 9100}]
    own = {"prometheus_scrape_jobs": jobs, "prometheus_scrape_jobs_disabled": disabled, "prometheus_alertmanagers": []}

    files = prometheus_config({**INVENTORY, **own})

    found = {job["job_name"]: job for job in yaml.safe_load(files["prometheus.yml"])["scrape_configs"]}
    targets = [target for static in found["node"]["static_configs"] for target in static["targets"]]
    assert targets == ["127.0.0.1:9100", "10.0.0.12:9100"]
    assert "rules/aetherlink-prometheus.yml" in files


def test_alertmanager_has_its_configuration_and_templates() -> None:
    files = alertmanager_config(ALERTMANAGER)

    assert yaml.safe_load(files["alertmanager.yml"])["receivers"] == [{"name": "nobody"}]
    assert "templates/aetherlink.tmpl" in files


def test_command_center_has_its_verticals() -> None:
    crm = {"name": "crm", "url": "https://crm.example.org/stats"}
    given = {"aether_env": "staging", "command_center_tls": False, "command_center_verticals": [crm]}

    files = command_center_config(given)

    assert [v["name"] for v in json.loads(files["command_center.json"])["verticals"]] == ["crm"]


def test_grafana_has_its_data_sources_and_dashboards() -> None:
    secrets = {"admin_password": "Kx7-veldspar-91-quince", "secret_key": "b0gus-but-long-enough"}
    own = {"grafana_tls": False, "grafana_root_url": "https://grafana.example.org/", "grafana_secrets": secrets}

    files = grafana_provisioning({**INVENTORY, **own})

    (source,) = yaml.safe_load(files["provisioning/datasources/aetherlink.yml"])["datasources"]
    assert source["url"] == "http://127.0.0.1:9090"
    assert any(name.startswith("dashboards/AetherLink/") for name in files)
    assert secrets["admin_password"] not in str(files)


def test_a_mistake_names_the_variable() -> None:
    with pytest.raises(AnsibleFilterError, match=r'^alertmanager_route\.receiver names the receiver "nobdy", which '):
        alertmanager_config({**ALERTMANAGER, "alertmanager_route": {"receiver": "nobdy"}})
    with pytest.raises(AnsibleFilterError, match=r"^alertmanager_\w+ is not set: give it a value\.$"):
        alertmanager_config({"aether_env": "dev"})
