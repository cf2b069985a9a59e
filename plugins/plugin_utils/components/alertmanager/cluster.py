# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster of Alertmanagers: several hosts of the group alertmanager tell each other whom they have told what."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import yaml_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import (
    Inventory,
    Owner,
    group_targets,
    own_address,
    with_port,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import (
    ca_file,
    certificate_file,
    key_file,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import listen_or_none, plain

GROUP = "alertmanager"
LISTEN = "alertmanager_cluster_listen_address"
PORT = 9094
SERVER_NAME = "alertmanager-cluster"
"""The default of ``alertmanager_cluster_server_name``."""
TLS_FILE = "cluster_tls.yml"
_ETC = "/opt/aetherlink/alertmanager/current/etc"
_FIX = 'take the host out of the group, or set alertmanager_cluster_listen_address to "" where there is no cluster'


def cluster(
    groups: Mapping[str, Iterable[str]], hostvars: Mapping[str, Mapping[str, Any]], for_host: str, settings: Any
) -> dict[str, Any]:
    """{flags: {name: value}, files: {path below etc/: text}} of the Alertmanager on a host. Raises ConfigError.

    settings: listen (empty: no cluster), tls, server_name, check_peer_names.
    """
    p = {key: plain(value, key) for key, value in settings.items()}
    listen_or_none(p["listen"], LISTEN)
    if not p["listen"]:
        return {"flags": {"cluster.listen-address": ""}, "files": {}}
    targets = group_targets(groups, hostvars, for_host, only=[GROUP])
    hosts = Inventory(targets, for_host).hosts_of(GROUP, LISTEN, Owner(LISTEN, "the cluster of Alertmanagers", _FIX))
    ports = {host["name"]: _port(host["name"], hostvars) for host in hosts if not host["local"]}
    peers = [host for host in hosts if ports.get(host["name"])]
    _refuse_mixed(peers, p["tls"])
    flags: dict[str, Any] = {
        "cluster.listen-address": p["listen"],
        "cluster.advertise-address": _advertised(for_host, hostvars, p["listen"]),
        "cluster.peer": [with_port(host["address"], ports[host["name"]]) for host in peers],
    }
    files = {}
    if p["tls"]:
        flags["cluster.tls-config"] = f"{_ETC}/{TLS_FILE}"
        files[TLS_FILE] = tls_config(str(p["server_name"]), p["check_peer_names"])
    return {"flags": {name: value for name, value in flags.items() if value}, "files": files}


def tls_config(server_name: str, check_peer_names: bool) -> str:
    """Mutual TLS: a peer that accepts a connection must have a certificate with the cluster's name.

    check_peer_names: demand the name from a peer that connects, too. It is needed where the authority issues client
    certificates to others than Alertmanagers, which the collection's own does not. Needs Alertmanager 0.26.
    """
    own = {"cert_file": certificate_file(GROUP), "key_file": key_file(GROUP)}
    return yaml_text(
        {
            "tls_server_config": {
                **own,
                "client_ca_file": ca_file(GROUP),
                "client_auth_type": "RequireAndVerifyClientCert",
                **({"client_allowed_sans": [server_name]} if check_peer_names else {}),
                "min_version": "TLS12",
            },
            "tls_client_config": {"ca_file": ca_file(GROUP), **own, "server_name": server_name},
        }
    )


def _refuse_mixed(hosts: list[dict[str, Any]], tls: bool) -> None:
    for host in hosts:
        if host["tls"] != tls:
            raise ConfigError(
                f"alertmanager_tls is {str(tls).lower()} here and {str(host['tls']).lower()} on the host "
                f"{host['name']}, and a cluster speaks TLS everywhere or nowhere: set it for the whole group."
            )


def _port(name: str, hostvars: Mapping[str, Mapping[str, Any]]) -> int:
    """Where a peer is reached; 0 for one that wants no cluster."""
    listens = plain(hostvars[name].get(LISTEN, f":{PORT}"), f"{LISTEN} of the host {name}")
    listen_or_none(listens, f"{LISTEN} of the host {name}")
    return int(listens.rpartition(":")[2]) if listens else 0


def _advertised(name: str, hostvars: Mapping[str, Mapping[str, Any]], listen: str) -> str:
    """The host's own address as its peers reach it, with which Alertmanager need not guess. It takes no names; empty
    for one, where it looks for a private address of the host by itself."""
    address = own_address(name, hostvars[name])
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return "" if own.is_loopback else with_port(address, int(listen.rpartition(":")[2]))
