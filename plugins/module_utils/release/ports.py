# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a port free? A service that cannot have its own is refused before the switch, not switched back after it."""

from __future__ import annotations

import errno
import socket

from .errors import ReleaseError


def refuse_taken(listen: str, component: str) -> None:
    """listen: address and port, like 0.0.0.0:3000 or [::1]:3000. ReleaseError when the host cannot give them."""
    address, _, port = listen.rpartition(":")
    address = address.strip("[]")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, int(port)))
            trial.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ReleaseError(
                    f"port {port} of {address} is taken by another program on this host: "
                    f"stop that, or set {component}_port"
                ) from error
            if error.errno == errno.EADDRNOTAVAIL:
                raise ReleaseError(f"this host has no address {address}: set {component}_listen_address") from error
            raise ReleaseError(f"{listen} cannot be listened on ({error.strerror})") from error
