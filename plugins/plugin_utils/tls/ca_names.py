# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names and addresses that the collection's own authority may issue certificates for: its name constraints."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Union

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import TLS_COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.cluster import (
    LISTEN,
    SERVER_NAME,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.listen_addresses import host_of
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import own_address

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

VARIABLE = "aether_tls_ca_names"
PREFIXES = {4: 24, 6: 64}
"""The network around an address of the inventory, by IP version: room for the hosts that are added beside it."""
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Permitted:
    """A domain with a dot stands for itself and all names below it; one without a dot for itself alone.

    ".example" stands for all names below "example" alone: only a wildcard of the inventory produces it.
    """

    domains: frozenset[str]
    networks: frozenset[Network]

    def __or__(self, other: Permitted) -> Permitted:
        return Permitted(self.domains | other.domains, self.networks | other.networks)

    def __str__(self) -> str:
        return ", ".join([*sorted(self.domains), *sorted(str(network) for network in self.networks)])

    def outside(self, names: Iterable[str]) -> list[str]:
        """The names that it does not cover."""
        return [name for name in names if not self._covers(name)]

    def _covers(self, name: str) -> bool:
        if (address := ip(name)) is not None:
            return any(address in network for network in self.networks)
        name = name.lower()
        above = tuple(f".{domain.removeprefix('.')}" for domain in self.domains if "." in domain)
        return name in self.domains or name.endswith(above)


OWN = Permitted(
    domains=frozenset({SERVER_NAME, "localhost"}),
    networks=frozenset({ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")}),
)
"""Always permitted, so that a component may start to listen on loopback, or a cluster be made, without a new authority.
It also makes sure that names and addresses are both constrained: X.509 leaves a kind that is not listed unlimited."""


def of_variable(entries: Any) -> Permitted | None:
    """What aether_tls_ca_names says; None where it is empty. Raises ConfigError."""
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ConfigError(f"{VARIABLE} is not a list of domains and networks: set one, or remove it.")
    if not entries:
        return None
    domains, networks = set(), set()
    for entry in entries:
        try:
            networks.add(ipaddress.ip_network(entry))
        except ValueError:
            if ":" in entry or "/" in entry or not _DOMAIN.fullmatch(entry) or entry.replace(".", "").isdigit():
                raise ConfigError(
                    f"{VARIABLE} has {entry!r}, which is neither a domain nor a network: write a domain as "
                    "prod.example, which covers all names below it, and a network as 10.0.0.0/8."
                ) from None
            domains.add(entry.lower())
    return OWN | Permitted(frozenset(domains), frozenset(networks))


def of_inventory(groups: Mapping[str, Iterable[str]], hostvars: Mapping[str, Mapping[str, Any]]) -> Permitted:
    """The domains and networks of the hosts that have a component with TLS. Raises ConfigError."""
    hosts = {host for group in TLS_COMPONENTS for host in groups.get(group, [])}
    names = {name for host in hosts for name in _names_of(str(host), hostvars[host])}
    addresses = [address for name in names if (address := ip(name)) is not None and not address.is_loopback]
    domains = {_domain_of(name.lower()) for name in names if ip(name) is None}
    return OWN | Permitted(
        domains=frozenset(domain for domain in domains if _DOMAIN.fullmatch(domain.removeprefix("."))),
        networks=frozenset(_network_of(address) for address in addresses if not address.is_unspecified),
    )


def ip(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])  # the interface of fe80::1%eth0 is no part of the name
    except ValueError:
        return None


def _names_of(host: str, variables: Mapping[str, Any]) -> list[str]:
    more = variables.get("aether_tls_names", [])
    if not isinstance(more, list):
        raise ConfigError(f"aether_tls_names of the host {host} is not a list: set a list of names and addresses.")
    listens = [variables.get(name) for name in (*(f"{group}_listen_address" for group in TLS_COMPONENTS), LISTEN)]
    cluster = variables.get("alertmanager_cluster_server_name", SERVER_NAME)
    names = [host, own_address(host, variables), cluster, *more, *(host_of(a) for a in listens if isinstance(a, str))]
    return [str(name) for name in names if name]


def _domain_of(name: str) -> str:
    """The parent of mon1.prod.example, so that mon2 needs no new authority; mon.example and mon1 stay as they are,
    since their parents belong to others, too. The names of *.example are below "example", which has no dot."""
    if name.startswith("*."):
        return name[2:] if "." in name[2:] else name[1:]
    return name.partition(".")[2] if name.count(".") >= 2 else name


def _network_of(address: Address) -> Network:
    return ipaddress.ip_network((address, PREFIXES[address.version]), strict=False)
