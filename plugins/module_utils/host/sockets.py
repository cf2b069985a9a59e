# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services listen on, from the kernel's own tables, against what the inventory says."""

from __future__ import annotations

import ipaddress
import pwd
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..verify.rows import Row, row

TABLES = {
    "tcp": ("0A", socket.AF_INET),
    "tcp6": ("0A", socket.AF_INET6),
    "udp": ("07", socket.AF_INET),
    "udp6": ("07", socket.AF_INET6),
}
"""The state of a socket that listens; of UDP, of one that takes packets from anybody."""


@dataclass(frozen=True)
class Listener:
    protocol: str
    address: str
    port: int
    uid: int = -1

    def __str__(self) -> str:
        at = f"[{self.address}]" if ":" in self.address else self.address
        return f"{at}:{self.port}" + ("/udp" if self.protocol == "udp" else "")


def listeners(proc: Path = Path("/proc/net")) -> list[Listener]:
    found = []
    for name, (state, family) in TABLES.items():
        table = proc / name
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            fields = line.split()
            if fields[3] == state:
                address, _separator, port = fields[1].partition(":")
                found.append(Listener(name[:3], _address(address, family), int(port, 16), int(fields[7])))
    return found


def _address(text: str, family: int) -> str:
    """Each word of four bytes is written as the processor reads it; the kernel's hosts here are little-endian."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    address = ipaddress.ip_address(socket.inet_ntop(family, b"".join(words)))
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_within(seen: Listener, wanted: Listener) -> bool:
    """Whether the inventory says so. Of a wildcard address any will do: Go listens on :: where it is told 0.0.0.0."""
    if (seen.protocol, seen.port) != (wanted.protocol, wanted.port):
        return False
    allowed = ipaddress.ip_address(wanted.address)
    return allowed.is_unspecified or ipaddress.ip_address(seen.address) == allowed


def rows(services: list[dict[str, Any]], seen: list[Listener], uid_of: Callable[[str], int | None]) -> list[Row]:
    """One for each service of ``services``: its component, user, and listens of {protocol, address, port}.

    What only the host itself reaches is no wider than any address, so a further loopback socket is not judged.
    """
    found = []
    for service in services:
        uid = uid_of(service["user"])
        wanted = [Listener(**one) for one in service["listens"]]
        own = [one for one in seen if one.uid == uid]
        wide = [one for one in own if not _is_fine(one, wanted)]
        told = ", ".join(map(str, wide or [one for one in own if any(is_within(one, w) for w in wanted)])) or "nothing"
        found.append(
            row(f"{service['component']} listens", f"on {', '.join(map(str, wanted))} alone", f"on {told}", not wide)
        )
    return found


def _is_fine(one: Listener, wanted: list[Listener]) -> bool:
    return any(is_within(one, w) for w in wanted) or ipaddress.ip_address(one.address).is_loopback


def uid_of(user: str) -> int | None:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None  # not deployed yet, or left out
