# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus and Alertmanager as their roles describe them with TLS and a password, two of each, through Ansible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import yaml

from tests.rendered.playbook import answers

SERVERS = ("prometheus", "alertmanager")
PASSWORD = "correct horse battery staple"
INVENTORY = {
    "all": {
        "children": {
            **{role: {"hosts": {"mon1": None, "mon2": None}} for role in SERVERS},
            **{role: {"hosts": {"mon1": None}} for role in ("command_center", "grafana")},
        },
        "hosts": {"mon1": {"ansible_host": "10.0.0.1"}, "mon2": {"ansible_host": "10.0.0.2"}},
        "vars": {
            "aether_env": "staging",
            **{f"{role}_listen_address": "0.0.0.0" for role in SERVERS},
            "prometheus_version": "3.5.3",
            "prometheus_archive_url": "https://mirror.example/prometheus",
            "alertmanager_version": "0.33.1",
            "alertmanager_archive_url": "https://mirror.example/alertmanager",
            "alertmanager_secrets": {"slack_url": "https://slack.example/x"},
            "alertmanager_external_url": "https://alertmanager.example",
        },
    }
}
SECURED = {"aether_tls": True, "aether_web_password": PASSWORD, "prometheus_basic_auth_users": {"ann": PASSWORD}}
Described = dict[str, dict[str, Any]]
"""The description of each component by role and host, like prometheus-mon1."""


def describe(directory: Path, variables: dict[str, Any]) -> Described:
    (directory / "hosts.yml").write_text(yaml.safe_dump(INVENTORY))
    (directory / "group_vars").mkdir()
    (directory / "group_vars" / "all.yml").write_text(yaml.safe_dump(variables))
    questions = {role: "{{ described.component }}" for role in SERVERS}
    found = answers(directory, questions, "-i", "hosts.yml")
    return {f"{role}-{host}": component for (role, host), component in found.items()}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return describe(tmp_path_factory.mktemp("secured"), SECURED)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return describe(tmp_path_factory.mktemp("plain"), {})


@pytest.fixture(scope="module")
def own_certificates(tmp_path_factory: pytest.TempPathFactory) -> Described:
    files = {"certificate": "mon.pem", "key": "mon.key", "ca": "ca.pem"}
    return describe(tmp_path_factory.mktemp("own_certificates"), {**SECURED, "aether_tls_files": files})


@pytest.mark.parametrize("role", SERVERS)
def test_https_is_served_and_healthy_with_the_machines_password(secured: Described, role: str) -> None:
    component = secured[f"{role}-mon1"]
    assert component["secrets"]["secrets/web_password"] == PASSWORD
    web = yaml.safe_load(component["secrets"]["web.yml"])
    assert web["tls_server_config"]["cert_file"] == f"/etc/aetherlink/tls/{role}/certificate.pem"
    assert bcrypt.checkpw(PASSWORD.encode(), web["basic_auth_users"]["aetherlink"].encode())
    assert f"--web.config.file=/opt/aetherlink/{role}/current/etc/web.yml" in component["flags"]
    assert component["health_check"]["ready_url"].startswith("https://127.0.0.1:")
    assert component["health_check"]["access"] == {
        "certificate_file": f"/etc/aetherlink/tls/{role}/certificate.pem",
        "user": "aetherlink",
        "password_file": "secrets/web_password",
    }
    assert (component["tls"], component["secured"]) == (True, True)
    assert component["restart_on"][0] == "tls", "web.yml may stay while this changes"
    assert PASSWORD not in json.dumps([component["files"], component["flags"], component["health_check"]])


@pytest.mark.parametrize("role", SERVERS)
def test_no_service_can_read_the_machine_users_password(secured: Described, role: str) -> None:
    component = secured[f"{role}-mon1"]
    assert component["root_only"] == ["secrets/web_password"]
    assert [name for name, word in component["secrets"].items() if word == PASSWORD] == component["root_only"]


def test_prometheus_logs_in_to_each_component_with_a_password_of_its_own(secured: Described) -> None:
    component = secured["prometheus-mon1"]
    config = yaml.safe_load(component["files"]["prometheus.yml"])
    logins = {job["job_name"]: job["basic_auth"] for job in config["scrape_configs"]}
    (alerting,) = config["alerting"]["alertmanagers"]
    assert alerting["basic_auth"] == logins["alertmanager"]
    assert {login["username"] for login in logins.values()} == {"aetherlink-prometheus"}
    shown = {login["password_file"] for login in logins.values()}
    assert shown == {
        f"secrets/web_password_for_{name}" for name in ("prometheus", "alertmanager", "command_center", "grafana")
    }
    assert len({component["secrets"][file] for file in shown}) == 4
    taken = yaml.safe_load(secured["alertmanager-mon1"]["secrets"]["web.yml"])["basic_auth_users"]
    word = component["secrets"]["secrets/web_password_for_alertmanager"]
    assert bcrypt.checkpw(word.encode(), taken["aetherlink-prometheus"].encode())


def test_people_are_those_of_the_role(secured: Described) -> None:
    users = {
        role: yaml.safe_load(secured[f"{role}-mon1"]["secrets"]["web.yml"])["basic_auth_users"] for role in SERVERS
    }
    assert {role: list(found) for role, found in users.items()} == {
        "prometheus": ["aetherlink", "aetherlink-prometheus", "aetherlink-grafana", "ann"],
        "alertmanager": ["aetherlink", "aetherlink-prometheus"],
    }


def test_what_listens_is_told(secured: Described, plain: Described) -> None:
    """With TLS the cluster lets nobody in without a certificate."""
    assert secured["prometheus-mon1"]["listens"] == {"prometheus_listen_address": "0.0.0.0"}
    api, cluster = {"alertmanager_listen_address": "0.0.0.0"}, {"alertmanager_cluster_listen_address": "0.0.0.0:9094"}
    assert secured["alertmanager-mon1"]["listens"] == api
    assert plain["alertmanager-mon1"]["listens"] == api | cluster


def test_two_alertmanagers_are_a_cluster(secured: Described, plain: Described) -> None:
    for described, tls in ((secured, True), (plain, False)):
        component = described["alertmanager-mon1"]
        flags = component["flags"].removeprefix('ARGS="').removesuffix('"\n').split()
        own = [flag for flag in flags if flag.startswith("--cluster.")]
        assert own == [
            "--cluster.listen-address=0.0.0.0:9094",
            "--cluster.advertise-address=10.0.0.1:9094",
            "--cluster.peer=10.0.0.2:9094",
            *(["--cluster.tls-config=/opt/aetherlink/alertmanager/current/etc/cluster_tls.yml"] if tls else []),
        ]
        assert ("cluster_tls.yml" in component["files"]) == tls
        assert component["tls_names"] == ["alertmanager-cluster"]
        assert component["checks"][0]["listen"]["alertmanager_cluster_listen_address"] == "0.0.0.0:9094"


def test_with_own_certificates_a_client_certificate_alone_does_not_make_a_peer(
    secured: Described, own_certificates: Described
) -> None:
    """A company's authority issues them to others than Alertmanagers. Version 0.25 cannot tell them apart."""
    ours, theirs = secured["alertmanager-mon1"], own_certificates["alertmanager-mon1"]
    ours_tls, theirs_tls = (
        yaml.safe_load(component["files"]["cluster_tls.yml"])["tls_server_config"] for component in (ours, theirs)
    )
    assert theirs_tls == {**ours_tls, "client_allowed_sans": ["alertmanager-cluster"]}
    assert (ours["program"]["oldest"], theirs["program"]["oldest"]) == ("0.25", "0.26")
    assert theirs["restart_on"] == [*ours["restart_on"], "peer names"], "the file is read at the start only"


def test_two_prometheus_ask_all_by_https_and_send_the_same_alerts(secured: Described) -> None:
    one, two = (yaml.safe_load(secured[f"prometheus-{name}"]["files"]["prometheus.yml"]) for name in ("mon1", "mon2"))
    assert {entry["scheme"] for entry in [*one["scrape_configs"], *one["alerting"]["alertmanagers"]]} == {"https"}
    assert one["alerting"] == two["alerting"]
    assert one["global"]["external_labels"] == {"env": "staging", "replica": "mon1"}
    targets = [t for job in one["scrape_configs"] for s in job["static_configs"] for t in s["targets"]]
    assert targets == [
        "127.0.0.1:8010",
        "10.0.0.1:9090",
        "10.0.0.2:9090",
        "10.0.0.1:9093",
        "10.0.0.2:9093",
        "127.0.0.1:3000",
    ]


@pytest.mark.parametrize("role", SERVERS)
def test_without_either_all_is_as_before(plain: Described, role: str) -> None:
    component = plain[f"{role}-mon1"]
    assert not set(component["secrets"]) & {"web.yml", "secrets/web_password"}
    assert "web.config" not in component["flags"]
    assert component["health_check"]["ready_url"].startswith("http://")
    assert set(component["health_check"]["access"].values()) == {""}
    assert (component["tls"], component["secured"], component["restart_on"]) == (False, False, [])
    assert "https" not in component["files"][f"{role}.yml"].replace("https://", "")
