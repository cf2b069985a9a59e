# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a port free? A service that cannot have its own is refused before the switch, not switched back after it."""

from __future__ import annotations

import errno
import pwd
import socket

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from ..listeners import listeners

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


def refuse_unusable(wanted: dict[str, str], users: set[str]) -> None:
    """ReleaseError where the host cannot give one of them; what the service has already, by its users, is its own.

    wanted: addresses and ports by the variable that says so. users: the one that it will run as, and runs as.
    """
    for variable, listen in wanted.items():
        address, port = _parts(listen)
        trouble = _trouble(address, port)
        if trouble is None or (trouble.errno == errno.EADDRINUSE and _is_of(users, address, port)):
            continue
        if trouble.errno == errno.EADDRINUSE:
            raise ReleaseError(
                f"port {port} of {address}, which {variable} says, is taken by another program on this host: stop that "
                "program, or choose another port"
            ) from trouble
        if trouble.errno == errno.EADDRNOTAVAIL:
            raise ReleaseError(
                f"this host has no address {address}, at which {variable} would be: set the listen address to one that "
                "it has, or to 0.0.0.0"
            ) from trouble
        raise ReleaseError(f"{listen}, which {variable} says, cannot be listened on ({trouble.strerror})") from trouble


def _parts(listen: str) -> tuple[str, int]:
    address, _separator, port = listen.rpartition(":")
    return address.strip("[]"), int(port)


def _trouble(address: str, port: int) -> OSError | None:
    """A bind alone fails where somebody listens. To listen as well would be in the way of others that ask."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            return error
    return None


def _is_of(users: set[str], address: str, port: int) -> bool:
    """Whether whatever is in the way there belongs to one of the users, of whom some may not exist yet."""
    uids = set()
    for user in users:
        try:
            uids.add(pwd.getpwnam(user).pw_uid)
        except KeyError:
            continue
    return {uid for at, uid in _listeners(port) if _in_the_way(at, address)} <= uids


def _in_the_way(one: str, other: str) -> bool:
    return one == other or one in WILDCARDS or other in WILDCARDS


def _listeners(port: int) -> list[tuple[str, int]]:
    """[(address, uid)] of what listens at a port."""
    return [(one.address, one.uid) for one in listeners() if one.protocol == "tcp" and one.port == port]
