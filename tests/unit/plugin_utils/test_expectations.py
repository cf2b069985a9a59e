# SPDX-License-Identifier: GPL-3.0-or-later
"""What is verified is what was rendered: expectations are read out of the very files that are deployed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.description import module
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    files as prometheus_files,
)

HOSTS = {
    "command_center": [{"name": "mon1", "address": "127.0.0.1", "local": True}],
    "web": [{"name": f"web{n}", "address": f"10.0.0.1{n}", "local": False} for n in (1, 2)],
}

HELP = {"annotations": {"runbook_url": "https://runbooks.example/help"}}


def expectations(component: str, files: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = module(component, "expectations").expectations(files)
    return found


def of_prometheus(**params: Any) -> dict[str, Any]:
    files = prometheus_files({"env": "dev", "host": "mon1", "hosts": HOSTS, "alertmanagers": [], **params})
    return expectations("prometheus", files)


def test_targets_of_groups_and_written_ones_are_expected() -> None:
    jobs = [
        {"job_name": "node", "groups": ["web"], "port": 9100},
        {"job_name": "own", "static_configs": [{"targets": ["10.0.0.9:80"], "labels": {"team": "a"}}]},
    ]

    assert of_prometheus(scrape_jobs=jobs)["targets"] == [
        {"job": "node", "address": "10.0.0.11:9100", "instance": "web1:9100"},
        {"job": "node", "address": "10.0.0.12:9100", "instance": "web2:9100"},
        {"job": "own", "address": "10.0.0.9:80", "instance": "10.0.0.9:80"},
    ]


def test_what_a_job_will_discover_is_not_known() -> None:
    jobs = [
        {"job_name": "files", "file_sd_configs": [{"files": ["/srv/targets.json"]}]},
        {"job_name": "own", "static_configs": [{"targets": ["10.0.0.9:80"]}]},
    ]

    wanted = of_prometheus(scrape_jobs=jobs)

    assert wanted["discovering"] == ["files"]
    assert [t["job"] for t in wanted["targets"]] == ["own"]


def test_rules_of_every_group_are_expected_by_name() -> None:
    groups = [
        {
            "name": "own",
            "rules": [{"alert": "Down", "expr": "up == 0", **HELP}, {"record": "job:up:sum", "expr": "sum(up)"}],
        },
        {"name": "other", "rules": [{"alert": "Slow", "expr": "up == 2", **HELP}]},
    ]

    wanted = of_prometheus(rule_groups=groups)

    assert wanted["rule_groups"] == {"own": ["Down", "job:up:sum"], "other": ["Slow"]}


def test_a_rule_group_that_is_switched_off_is_not_expected() -> None:
    groups = [{"name": "own", "rules": [{"alert": "Down", "expr": "up == 0", **HELP}]}]

    assert of_prometheus(rule_groups=groups, rule_groups_disabled=["own"])["rule_groups"] == {}


def test_alertmanagers_are_expected_where_prometheus_sends_to() -> None:
    wanted = of_prometheus(alertmanagers=[{"groups": ["web"], "port": 9093}])

    assert [one["address"] for one in wanted["alertmanagers"]] == ["10.0.0.11:9093", "10.0.0.12:9093"]
    assert wanted["alertmanagers"][0]["access"] == {"ca_file": "", "user": "", "password_file": ""}
    assert of_prometheus(alertmanagers=[])["alertmanagers"] == []


def test_alertmanagers_are_asked_as_prometheus_asks_them() -> None:
    native = {
        "static_configs": [{"targets": ["10.0.0.9:9093"]}],
        "scheme": "https",
        "tls_config": {"ca_file": "/etc/ssl/ours.pem"},
        "basic_auth": {"username": "me", "password_file": "secrets/mine"},
    }

    assert of_prometheus(alertmanagers=[native])["alertmanagers"] == [
        {
            "address": "10.0.0.9:9093",
            "access": {"ca_file": "/etc/ssl/ours.pem", "user": "me", "password_file": "secrets/mine"},
        }
    ]


def test_the_fleet_is_expected_where_command_center_is_scraped() -> None:
    job = {"job_name": "aetherlink-command-center", "groups": ["command_center"], "port": 8010}

    assert of_prometheus(scrape_jobs=[job])["fleet"] is True
    assert of_prometheus(scrape_jobs=[])["fleet"] is False


def test_names_are_expected_of_the_other_components() -> None:
    receivers = "receivers: [{name: slack, slack_configs: []}, {name: nobody}]\n"

    assert expectations("alertmanager", {"alertmanager.yml": receivers}) == {"receivers": ["slack", "nobody"]}
    assert expectations("command_center", {"command_center.json": json.dumps({"verticals": [{"name": "crm"}]})}) == {
        "verticals": ["crm"]
    }
    assert expectations("demo_verticals", {"demo_verticals.json": json.dumps({"services": [{"name": "media"}]})}) == {
        "services": ["media"]
    }


def test_the_inbox_is_expected_to_use_the_very_bytes_and_to_take_mail() -> None:
    text = json.dumps({"listen": {"address": "0.0.0.0", "port": 8025, "smtp_port": 1025}})

    assert expectations("inbox", {"inbox.json": text}) == {
        "config_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "smtp_address": "127.0.0.1",
        "smtp_port": 1025,
    }
