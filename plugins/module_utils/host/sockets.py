# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services listen on, against what the inventory says."""

from __future__ import annotations

import ipaddress
import pwd
from collections.abc import Callable
from typing import Any

from ..listeners import Listener
from ..verify.rows import Row, row


def is_within(seen: Listener, wanted: Listener) -> bool:
    """Whether the inventory says so. Of a wildcard address any will do: Go listens on :: for 0.0.0.0."""
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
        listening = (
            ", ".join(map(str, wide or [one for one in own if any(is_within(one, w) for w in wanted)])) or "nothing"
        )
        found.append(
            row(
                f"{service['component']} listens",
                f"on {', '.join(map(str, wanted))} alone",
                f"on {listening}",
                not wide,
            )
        )
    return found


def _is_fine(one: Listener, wanted: list[Listener]) -> bool:
    return any(is_within(one, w) for w in wanted) or ipaddress.ip_address(one.address).is_loopback


def uid_of(user: str) -> int | None:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None  # not deployed yet, or skipped
