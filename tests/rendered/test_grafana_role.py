# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role grafana describes to the engine, through Ansible, of hosts that differ in TLS and the password."""

from __future__ import annotations

import configparser
import json
from typing import Any

import pytest
import yaml

from tests.rendered.playbook import ansible

PASSWORD = "Kx7-veldspar-91-quince"
HOSTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "encrypted": {"aether_tls": True},
    "guarded": {"aether_tls": True, "aether_web_password": PASSWORD, "aether_web_user": "machine"},
    "unmeasured": {"aether_web_password": PASSWORD, "grafana_ini": {"metrics": {"enabled": False}}},
    "named": {"aether_tls": True, "grafana_root_url": "https://grafana.example/", "grafana_listen_address": "0.0.0.0"},
    "own": {"aether_tls": True, "grafana_tls": False},
}
PLAY = """
- hosts: grafana
  gather_facts: false
  vars: {ansible_connection: local, aether_env: dev}
  roles:
    - {role: aetherlink.monitoring.grafana, tags: [never]}
  post_tasks:
    - describe: {component: grafana}
      register: described
      vars: {grafana_archive_url: https://mirror.example/grafana.tar.gz}
    - ansible.builtin.copy:
        content: "{{ described.component | to_json }}"
        dest: "OUT/{{ inventory_hostname }}.json"
        mode: "0600"
"""

Described = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Described:
    """By host. Each has a Prometheus of its own, in the group's first place: all ask the same ones."""
    directory = tmp_path_factory.mktemp("grafana_role")
    inventory = {"grafana": {"hosts": HOSTS}, "prometheus": {"hosts": {"metrics": {"prometheus_tls": False}}}}
    (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": inventory}}))
    (directory / "play.yml").write_text(PLAY.replace("OUT", str(directory)))
    done = ansible(directory, "-i", "hosts.yml", "play.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    return {host: json.loads((directory / f"{host}.json").read_text()) for host in HOSTS}


def ini(component: dict[str, Any]) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.read_string(component["files"]["grafana.ini"])
    return found


def test_without_either_it_is_as_it_was(described: Described) -> None:
    plain = described["plain"]

    assert (plain["tls"], plain["tls_names"], plain["secured"]) == (False, [], False)
    assert plain["health_check"]["access"] == {"certificate_file": "", "user": "", "password_file": ""}
    assert plain["health_check"]["ready_url"] == "http://127.0.0.1:3000/api/health"
    assert sorted(plain["secrets"]) == ["secrets/admin_password", "secrets/secret_key"]
    assert plain["restart_files"] == ["grafana.ini", "secrets/secret_key"]
    assert ini(plain)["server"]["root_url"] == "http://localhost:3000/"
    assert ini(plain)["security"]["cookie_secure"] == "false"


def test_with_tls_it_is_asked_and_opened_by_https_alone(described: Described) -> None:
    encrypted = described["encrypted"]

    assert (encrypted["tls"], encrypted["secured"]) == (True, True)
    assert encrypted["health_check"]["access"]["certificate_file"] == "/etc/aetherlink/tls/grafana/certificate.pem"
    assert encrypted["health_check"]["ready_url"] == "https://127.0.0.1:3000/api/health"
    assert encrypted["health_check"]["grafana"]["url"] == "https://127.0.0.1:3000"
    assert ini(encrypted)["server"]["protocol"] == "https"
    assert ini(encrypted)["server"]["root_url"] == "https://localhost:3000/"
    # Browsers keep HSTS by host, and dev has services on other ports that stay plain.
    security = ini(encrypted)["security"]
    assert (security["cookie_secure"], security["strict_transport_security"]) == ("true", "false")


def test_the_certificate_has_the_name_that_people_open_it_by(described: Described) -> None:
    assert described["named"]["tls_names"] == ["grafana.example"]
    assert described["named"]["listens"] == {"grafana_listen_address": "0.0.0.0"}


def test_the_logins_are_files_of_the_release_and_that_of_metrics_is_read_at_the_start(described: Described) -> None:
    guarded = described["guarded"]

    assert {name for name in guarded["secrets"] if "password" in name} == {
        "secrets/admin_password",
        "secrets/metrics_password",
        "secrets/web_password",
        "secrets/web_password_for_prometheus",
    }
    assert guarded["restart_files"] == ["grafana.ini", "secrets/secret_key", "secrets/metrics_password"]
    assert dict(ini(guarded)["metrics"]) == {
        "basic_auth_username": "machine-prometheus",
        "basic_auth_password": "$__file{/etc/aetherlink/grafana/secrets/metrics_password}",
    }
    (source,) = yaml.safe_load(guarded["files"]["provisioning/datasources/aetherlink.yml"])["datasources"]
    assert source["basicAuthUser"] == "machine-grafana"
    assert source["secureJsonData"]["basicAuthPassword"] == (
        "$__file{/etc/aetherlink/grafana/secrets/web_password_for_prometheus}"
    )
    words = [word for name, word in guarded["secrets"].items() if "password" in name]
    assert not [word for word in words if word in json.dumps(guarded["files"])]


def test_the_machine_users_password_is_for_root_alone(described: Described) -> None:
    guarded, plain = described["guarded"], described["plain"]

    assert guarded["secrets"]["secrets/web_password"] == PASSWORD
    assert (guarded["root_only"], plain["root_only"]) == (["secrets/web_password"], [])
    assert [name for name, word in guarded["secrets"].items() if word == PASSWORD] == guarded["root_only"]


def test_without_metrics_a_new_password_is_a_reload(described: Described) -> None:
    unmeasured = described["unmeasured"]

    assert unmeasured["secrets"]["secrets/web_password"] == PASSWORD
    assert unmeasured["restart_files"] == ["grafana.ini", "secrets/secret_key"]


def test_the_components_own_switch_counts_more_than_that_of_all(described: Described) -> None:
    own = described["own"]

    assert (own["tls"], own["health_check"]["access"]["certificate_file"]) == (False, "")
    assert ini(own)["server"]["protocol"] == "http"
