# SPDX-License-Identifier: GPL-3.0-or-later
"""What listens on this host, from the kernel's own tables."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

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
