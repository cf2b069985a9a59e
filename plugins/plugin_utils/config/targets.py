# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory groups as scrape targets: hosts are named in the inventory once and never typed again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import REGISTRY, TLS_COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    boolean,
    fields,
    list_of,
    mapping_of,
    port,
    text,
)

LOOPBACK = "127.0.0.1"
WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
ADDRESS = "aether_address"
ADDRESS_VARIABLES = (ADDRESS, "ansible_host")
PORTS = {name: facts.port for name, facts in REGISTRY.items() if facts.port}
_ADDRESS = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_NO_ADDRESS_FOR_OTHERS = f"which is no address that other hosts can use: set {ADDRESS}"

_HOST_KEYS: dict[str, Check] = {"name": text, "address": text, "local": boolean, "port": port, "tls": boolean}
_HOST_REQUIRED = ("name", "address", "local")
hosts_check = mapping_of(list_of(lambda value, path: fields(value, path, _HOST_KEYS, required=_HOST_REQUIRED)))
"""The check for a ``hosts`` parameter, which is what ``group_targets`` returns."""


@dataclass(frozen=True)
class Owner:
    """Who names inventory groups, for errors: the entry's path, its title (the vertical "crm"), and the ways out."""

    path: str
    title: str
    fix: str


@dataclass(frozen=True)
class Inventory:
    """The hosts of each group, as the host that asks them sees them."""

    groups: dict[str, list[dict[str, Any]]]
    me: str

    def hosts_of(self, group: str, path: str, owner: Owner) -> list[dict[str, Any]]:
        """The hosts of the group that ``owner`` names at ``path``; none is an error."""
        hosts = self.groups.get(group, [])
        if not hosts:
            lack = "has no hosts" if group in self.groups else f"does not exist{closest(group, self.groups)}"
            raise ConfigError(f'{path}: {owner.title} names the inventory group "{group}", which {lack}: {owner.fix}.')
        for host in hosts:
            if not _ADDRESS.fullmatch(host["address"]):
                raise ConfigError(
                    f"{path}: {owner.title} has no use for {shown(host['address'], '')} as the address of the host "
                    f"{host['name']}: set aether_address of {host['name']} to a host name or an IP address."
                )
            if not host["local"] and _is_loopback(host["address"]):
                raise ConfigError(
                    f"{path}: {owner.title} would ask {self.me} itself at {host['address']}, the address of the host "
                    f"{host['name']}: set aether_address of {host['name']} to one that {self.me} reaches it by."
                )
        return hosts


def _is_loopback(address: str) -> bool:
    return address in ("localhost", "::1") or address.startswith("127.")


def with_port(address: str, port: int) -> str:
    """``address:port``, in brackets for IPv6."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def group_targets(
    groups: Mapping[str, Iterable[str]],
    hostvars: Mapping[str, Mapping[str, Any]],
    for_host: str,
    only: Iterable[str] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """{group: [{name, address, local, port, tls}]} in the inventory's order, as seen from ``for_host``.

    The address of another host is its aether_address, else its ansible_host, else its name; each is asked once, and
    only for these variables, since a host's variables are put together on access. The host itself is at what the
    component that the group is named after listens on (``<group>_listen_address``), the loopback where that is unset.
    Groups in PORTS have a port, the host's own ``<group>_port``; those in TLS_COMPONENTS tell whether that speaks TLS.
    """
    wanted = groups if only is None else [group for group in groups if group in set(only)]
    known: dict[str, str] = {}
    variables: dict[str, Mapping[str, Any]] = {}
    targets: dict[str, list[dict[str, Any]]] = {}
    for group in wanted:
        targets[str(group)] = []
        for name in groups[group]:
            local = name == for_host
            if name not in variables:
                variables[name] = hostvars[name]
            own: dict[str, Any] = {}
            if group in PORTS:
                own["port"] = component_port(group, variables[name], str(name))
            if group in TLS_COMPONENTS:
                own["tls"] = uses_tls(group, variables[name], str(name))
            listens = variables[name].get(f"{group}_listen_address") if local else None
            if local and not (own.get("tls") and listens in WILDCARDS):
                address = reachable(listens)
            else:
                # Also the host itself, where its certificate need not have the loopback's name.
                address = known[name] = known.get(name) or own_address(str(name), variables[name])
            targets[str(group)].append({"name": str(name), "address": address, "local": local, **own})
    return targets


def component_port(component: str, variables: Mapping[str, Any], host: str) -> int:
    """Where the component listens on a host with these variables; the role's default where they do not say."""
    variable = f"{component}_port"
    number: int = variables.get(variable, PORTS[component])
    port(number, f"{variable} of the host {host}")
    return number


def uses_tls(component: str, variables: Mapping[str, Any], host: str) -> bool:
    """Whether the component serves HTTPS on a host with these variables: ``<component>_tls``, else ``aether_tls``."""
    variable = next((name for name in (f"{component}_tls", "aether_tls") if name in variables), "")
    return bool(variable) and boolean(variables[variable], f"{variable} of the host {host}")


def reachable(listen_address: Any) -> str:
    """Where a service that listens there is reached on its own host: a wildcard address includes the loopback."""
    return listen_address if isinstance(listen_address, str) and listen_address not in WILDCARDS else LOOPBACK


def local_url(tls: bool, listen_address: Any, port: int) -> str:
    """Where a service that listens there is reached on its own host."""
    return f"http{'s' if tls else ''}://{with_port(reachable(listen_address), port)}"


def own_address(name: str, variables: Mapping[str, Any]) -> str:
    """Where other hosts reach the host of that name: never a network, since a firewall lets it in."""
    for variable in ADDRESS_VARIABLES:
        if variable in variables:
            value = variables[variable]
            if not isinstance(value, str) or not value:  # a template over an undefined variable is no text either
                raise ConfigError(
                    f"{variable} of the host {name} is no text, or a template over something undefined: "
                    "set it to a host name or an IP address."
                )
            if not _ADDRESS.fullmatch(value):
                # What is in ansible_host may be right for Ansible, as fe80::1%eth0 is for SSH.
                what = "which is no address: set it" if variable == ADDRESS else _NO_ADDRESS_FOR_OTHERS
                raise ConfigError(
                    f"{variable} of the host {name} is {shown(value, '')}, {what} to a host name or an IP address."
                )
            return str(value)
    return name
