# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says of a host's sockets: where its components listen, and who has to reach them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS, queried_by
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.cluster import (
    LISTEN as CLUSTER_LISTEN,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.cluster import (
    PORT as CLUSTER_PORT,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import (
    LOOPBACK,
    PORTS,
    WILDCARDS,
    group_targets,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    list_of,
    listen_or_none,
    mapping_of,
    port,
    sequence,
    text,
)

CLUSTER = "alertmanager cluster"
CLUSTER_OF_SEVERAL = f"0.0.0.0:{CLUSTER_PORT}"
"""What the role alertmanager listens on for its peers where several hosts have it and nothing else is said."""

Listen = dict[str, Any]
"""protocol, address, port."""


_SIZE = re.compile(r"[1-9][0-9]*[KMGTPE]?")
_MEMORY = re.compile(r"[1-9][0-9]*[KMGTPE]?|[1-9][0-9]?%|100%|infinity")
_SPAN = re.compile(r"[1-9][0-9]*(s|sec|min|h|day|days|week|weeks|month|months|year|years)?")
_SOURCE = re.compile(r"[A-Za-z0-9._-]+")


def services(host: str, groups: Mapping[str, Iterable[str]], hostvars: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The components of the host, each with its user and what it listens on."""
    variables = hostvars[host]
    peers = len(list(groups.get("alertmanager", ())))
    return [
        {
            "component": component,
            "user": str(variables.get(f"{component}_user", f"aetherlink-{component.replace('_', '-')}")),
            "listens": [
                *listens(component, variables),
                *(cluster(variables, peers) if component == "alertmanager" else ()),
            ],
        }
        for component in COMPONENTS
        if host in groups.get(component, ())
    ]


def listens(component: str, variables: Mapping[str, Any]) -> list[Listen]:
    """Where people, machines and other components reach it."""
    address = _address(variables.get(f"{component}_listen_address", LOOPBACK))
    if component == "demo_verticals":
        ports = [_number(one.get("port"), "demo_verticals_services") for one in _demo_services(variables)]
        admin = _address(variables.get("demo_verticals_admin_address", LOOPBACK))
        number = _number(variables.get("demo_verticals_admin_port", 8100), "demo_verticals_admin_port")
        return [_tcp(admin, number), *(_tcp(address, one) for one in ports)]
    found = [_tcp(address, _number(variables.get(f"{component}_port", PORTS[component]), f"{component}_port"))]
    if component == "inbox":
        found.append(_tcp(address, _number(variables.get("inbox_smtp_port", 1025), "inbox_smtp_port")))
    return found


def _demo_services(variables: Mapping[str, Any]) -> list[Any]:
    five = [{"port": number} for number in range(8101, 8106)]
    return sequence(variables.get("demo_verticals_services", five), "demo_verticals_services")


def cluster(variables: Mapping[str, Any], peers: int) -> list[Listen]:
    """Where the peers of an Alertmanager reach it; gossip takes both protocols."""
    said = variables.get(CLUSTER_LISTEN, CLUSTER_OF_SEVERAL if peers > 1 else "")
    listen_or_none(said, CLUSTER_LISTEN)
    if not said:
        return []
    address, _separator, number = str(said).rpartition(":")
    at = {"address": _address(address.strip("[]")), "port": int(number)}
    return [{"protocol": "tcp", **at}, {"protocol": "udp", **at}]


def _tcp(address: str, number: int) -> Listen:
    return {"protocol": "tcp", "address": address, "port": number}


def _address(value: Any) -> str:
    return "0.0.0.0" if value in WILDCARDS else str(value)  # noqa: S104 - told, not listened on


def _number(value: Any, path: str) -> int:
    port(value, path)
    return int(value)


def _sources(name: str) -> tuple[str, ...]:
    """The components whose hosts connect to it."""
    return ("alertmanager",) if name == CLUSTER else queried_by(name)


def firewall_rules(
    host: str, groups: Mapping[str, Iterable[str]], hostvars: Mapping[str, Any], allow: Any
) -> list[dict[str, Any]]:
    """Rules for the host's own ports: {component, protocol, port, sources}; sources are the others that need them."""
    _allow_check(allow, "host_firewall_allow")
    known = group_targets(groups, hostvars, host, only=COMPONENTS)
    rules = []
    for service in services(host, groups, hostvars):
        component = service["component"]
        gossip = cluster(hostvars[host], len(known.get("alertmanager", ()))) if component == "alertmanager" else []
        for listen in service["listens"]:
            name = CLUSTER if listen in gossip else component
            others = [one["address"] for group in _sources(name) for one in known.get(group, ()) if not one["local"]]
            more = [] if name == CLUSTER else [str(source) for source in allow.get(component, ())]
            sources = list(dict.fromkeys([*others, *more]))
            rules.append(
                {"component": name, "protocol": listen["protocol"], "port": listen["port"], "sources": sources}
            )
    return rules


def _source(value: Any, path: str) -> str:
    try:
        ipaddress.ip_network(text(value, path), strict=False)
    except ValueError:
        if not _SOURCE.fullmatch(value):
            raise ConfigError(
                f"{path} is {shown(value, path)}: write an address, a network like 10.0.0.0/8, or a host name."
            ) from None
    return str(value)


def _allow_check(value: Any, path: str) -> None:
    mapping_of(list_of(_source))(value, path)
    for component in value:
        if component not in COMPONENTS:
            raise ConfigError(
                f"{path} names {shown(component, '')}, which is no component{closest(component, COMPONENTS)}: name "
                f"some of {', '.join(COMPONENTS)}."
            )


def _matching(pattern: re.Pattern[str], example: str) -> Check:
    def check(value: Any, path: str) -> str:
        if not isinstance(value, (str, int)) or isinstance(value, bool) or not pattern.fullmatch(str(value)):
            raise ConfigError(f"{path} is {shown(value, path)}: write it like {example}.")
        return str(value)

    return check


size = _matching(_SIZE, "512M or 1G")
span = _matching(_SPAN, "1week or 1month")
memory = _matching(_MEMORY, "512M, 75% or infinity")
