# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a port free? A service that cannot have its own is refused before the switch, not switched back after it."""

from __future__ import annotations

import errno
import pwd
import socket
from pathlib import Path

from .errors import ReleaseError


def refuse_taken(listen: str, component: str) -> None:
    """listen: address and port, like 0.0.0.0:3000 or [::1]:3000. ReleaseError when the host cannot give them."""
    address, port = _parts(listen)
    trouble = _trouble(address, port)
    if trouble is None:
        return
    if trouble.errno == errno.EADDRINUSE:
        raise ReleaseError(
            f"port {port} of {address} is taken by another program on this host: stop that, or set {component}_port"
        ) from trouble
    if trouble.errno == errno.EADDRNOTAVAIL:
        raise ReleaseError(f"this host has no address {address}: set {component}_listen_address") from trouble
    raise ReleaseError(f"{listen} cannot be listened on ({trouble.strerror})") from trouble


def refuse_unusable(wanted: dict[str, str], user: str) -> None:
    """ReleaseError where the host cannot give one of them; what the service has already, by its user, is its own.

    wanted: addresses and ports by the variable that says so.
    """
    for variable, listen in wanted.items():
        address, port = _parts(listen)
        trouble = _trouble(address, port)
        if trouble is None or (trouble.errno == errno.EADDRINUSE and _is_of(user, port)):
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
    address, _, port = listen.rpartition(":")
    return address.strip("[]"), int(port)


def _trouble(address: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
            trial.listen(1)
        except OSError as error:
            return error
    return None


def _is_of(user: str, port: int) -> bool:
    """Whether whatever listens at the port, at any address, belongs to the user."""
    try:
        uid = pwd.getpwnam(user).pw_uid
    except KeyError:
        return False
    return set(_listeners(port)) == {uid}


def _listeners(port: int) -> list[int]:
    """Uids, from the kernel's own tables."""
    found = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                found.append(int(fields[7]))
    return found
