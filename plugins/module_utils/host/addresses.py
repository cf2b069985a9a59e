# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the inventory as addresses, found out on the host when the rules are made: a boot waits for no DNS."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import HostError

Network = Any  # ipaddress.IPv4Network or IPv6Network
Lookup = Callable[..., list[Any]]


def networks(sources: Iterable[str], lookup: Lookup = socket.getaddrinfo) -> tuple[list[str], list[str]]:
    """(IPv4, IPv6) of addresses, networks and host names, without what another one of them holds already."""
    found: set[Network] = set()
    for source in sources:
        found |= _of(source, lookup)
    return _shown(net for net in found if net.version == 4), _shown(net for net in found if net.version == 6)


def _of(source: str, lookup: Lookup) -> set[Network]:
    try:
        return {ipaddress.ip_network(source.strip("[]"), strict=False)}
    except ValueError:
        pass
    try:
        answers = lookup(source, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise HostError(
            f'host_firewall lets "{source}" in, and this host finds no address of that name ({error.strerror}): set '
            f"aether_address of {source} to an IP address, or repair the host's name resolution"
        ) from error
    addresses = {ipaddress.ip_address(answer[4][0].partition("%")[0]) for answer in answers}
    if all(address.is_loopback for address in addresses):
        raise HostError(
            f'host_firewall lets "{source}" in, which this host takes for its own loopback: set aether_address of '
            f"{source} to the address that it comes from"
        )
    return {ipaddress.ip_network(address) for address in addresses if not address.is_loopback}


def _shown(found: Iterable[Network]) -> list[str]:
    """As nft writes them: a single address without its /32."""
    return [
        str(net.network_address) if net.num_addresses == 1 else str(net) for net in ipaddress.collapse_addresses(found)
    ]
