# SPDX-License-Identifier: GPL-3.0-or-later
"""The topics one after the other: differences are found and repaired before the next topic is checked."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import Change, Machine

from . import basics, nftables
from .addresses import Lookup


@dataclass(frozen=True)
class DesiredHost:
    """packages: none for nothing to install. journald: text of the drop-in, empty for none. rules: of the firewall."""

    packages: list[str] = field(default_factory=list)
    directories: bool = True
    journald: str = ""
    firewall: str = "none"
    rules: list[dict[str, Any]] = field(default_factory=list)


def changes(machine: Machine, wanted: DesiredHost, dry: bool, lookup: Lookup = socket.getaddrinfo) -> list[Change]:
    """What was not as wanted; unless ``dry`` it is now."""
    topics: list[Callable[[], list[Change]]] = [
        lambda: basics.packages(machine, wanted.packages),
        lambda: basics.directories(machine) if wanted.directories else [],
        lambda: basics.journald(machine, wanted.journald),
        lambda: _firewall(machine, wanted, lookup, dry),
    ]
    found: list[Change] = []
    for topic in topics:
        for change in topic():
            if not dry:
                change.apply()
            found.append(change)
    return found


def _firewall(machine: Machine, wanted: DesiredHost, lookup: Lookup, dry: bool) -> list[Change]:
    if wanted.firewall == "nftables":
        return nftables.changes(machine, wanted.rules, lookup, dry)
    return nftables.removal(machine)
