# SPDX-License-Identifier: GPL-3.0-or-later
"""alertmanager_cluster: peers from the inventory, and mutual TLS among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.cluster import (
    SERVER_NAME,
    cluster,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text as flags

ROOT = Path(__file__).resolve().parents[3]
GROUPS = {"alertmanager": ["mon1", "mon2", "mon6"], "prometheus": ["mon1"]}
HOSTS: dict[str, dict[str, Any]] = {
    "mon1": {"ansible_host": "10.0.0.1"},
    "mon2": {"aether_address": "mon2.internal", "ansible_host": "10.0.0.2"},
    "mon6": {"ansible_host": "fd00::6", "alertmanager_cluster_listen_address": "[::]:9194"},
}
LISTEN = "0.0.0.0:9094"


def made(host: str = "mon1", hosts: dict[str, dict[str, Any]] | None = None, **options: Any) -> dict[str, Any]:
    settings = {"listen": LISTEN, "tls": False, "server_name": SERVER_NAME, "check_peer_names": False, **options}
    return cluster(GROUPS, hosts or HOSTS, host, settings)


def error(**options: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        made(**options)
    assert str(raised.value).endswith(".")
    return str(raised.value)


def test_the_other_hosts_of_the_group_are_the_peers() -> None:
    assert made() == {
        "flags": {
            "cluster.listen-address": "0.0.0.0:9094",
            "cluster.advertise-address": "10.0.0.1:9094",
            "cluster.peer": ["mon2.internal:9094", "[fd00::6]:9194"],
        },
        "files": {},
    }


def test_each_peer_is_a_flag_of_its_own() -> None:
    text = flags(made()["flags"])
    assert "--cluster.peer=mon2.internal:9094 --cluster.peer=[fd00::6]:9194" in text


def test_a_host_that_is_known_by_name_lets_alertmanager_find_its_address() -> None:
    """The flag takes no names."""
    assert "cluster.advertise-address" not in made("mon2")["flags"]
    assert made("mon6", listen="[::]:9194")["flags"]["cluster.advertise-address"] == "[fd00::6]:9194"


def test_without_an_address_there_is_no_cluster() -> None:
    assert made(listen="", tls=True) == {"flags": {"cluster.listen-address": ""}, "files": {}}


def test_a_peer_without_a_cluster_is_none() -> None:
    hosts = {**HOSTS, "mon2": {**HOSTS["mon2"], "alertmanager_cluster_listen_address": ""}}
    assert made(hosts=hosts)["flags"]["cluster.peer"] == ["[fd00::6]:9194"]


def test_with_tls_each_shows_a_certificate_that_names_the_cluster() -> None:
    hosts = {name: {**variables, "aether_tls": True} for name, variables in HOSTS.items()}
    found = made(hosts=hosts, tls=True)
    assert found["flags"]["cluster.tls-config"] == "/opt/aetherlink/alertmanager/current/etc/cluster_tls.yml"
    config = yaml.safe_load(found["files"]["cluster_tls.yml"])
    assert config["tls_server_config"]["client_auth_type"] == "RequireAndVerifyClientCert"
    assert config["tls_server_config"]["client_ca_file"] == "/etc/aetherlink/tls/alertmanager/ca.pem"
    assert "client_allowed_sans" not in config["tls_server_config"]  # Alertmanager 0.25 refuses it
    assert config["tls_client_config"] == {
        "ca_file": "/etc/aetherlink/tls/alertmanager/ca.pem",
        "cert_file": "/etc/aetherlink/tls/alertmanager/certificate.pem",
        "key_file": "/etc/aetherlink/tls/alertmanager/key.pem",
        "server_name": "alertmanager-cluster",
    }


def test_where_it_is_asked_for_a_peer_that_connects_needs_the_name_of_the_cluster_too() -> None:
    hosts = {name: {**variables, "aether_tls": True} for name, variables in HOSTS.items()}
    found = made(hosts=hosts, tls=True, server_name="alerts.example", check_peer_names=True)
    config = yaml.safe_load(found["files"]["cluster_tls.yml"])
    assert config["tls_server_config"]["client_allowed_sans"] == ["alerts.example"]
    assert config["tls_client_config"]["server_name"] == "alerts.example"


def test_the_name_of_the_cluster_is_the_default_of_the_role() -> None:
    """The authority permits it always."""
    defaults = yaml.safe_load((ROOT / "roles/alertmanager/defaults/main.yml").read_text())
    assert defaults["alertmanager_cluster_server_name"] == SERVER_NAME


def test_a_cluster_of_which_some_speak_tls() -> None:
    assert error(tls=True) == (
        "alertmanager_tls is true here and false on the host mon2, and a cluster speaks TLS everywhere or nowhere: "
        "set it for the whole group."
    )


def test_an_address_without_a_port() -> None:
    hosts = {**HOSTS, "mon2": {"alertmanager_cluster_listen_address": "0.0.0.0"}}
    assert error(listen="0.0.0.0").startswith('alertmanager_cluster_listen_address is "0.0.0.0": write address:port, ')
    assert error(hosts=hosts).startswith("alertmanager_cluster_listen_address of the host mon2 is ")


def test_a_peer_at_the_loopback() -> None:
    hosts = {**HOSTS, "mon2": {"ansible_host": "127.0.0.1"}}
    assert error(hosts=hosts).startswith(
        "alertmanager_cluster_listen_address: the cluster of Alertmanagers would ask mon1 itself at 127.0.0.1, "
    )
