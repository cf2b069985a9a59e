# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network of one's own: loopback alone, which no other process of the host can connect to or be reached from."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_REQUEST = "16sh14x"  # struct ifreq: the interface's name and its flags


def in_own_network(work: Callable[[], Result]) -> Result:
    """Do the work in a thread that has such a network, as have the threads and processes that it starts.

    Without root it is done in the host's network. Raises OSError where the kernel refuses, and what the work raises.
    """
    if os.geteuid() != 0:
        return work()

    def isolated() -> Result:
        libc = ctypes.CDLL(None, use_errno=True)  # os.unshare came with Python 3.12
        if libc.unshare(_CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, f"a network of its own for the check: {os.strerror(number)}")
        _bring_loopback_up()
        return work()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(isolated).result()


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        found = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack(_REQUEST, b"lo", 0))
        flags = struct.unpack(_REQUEST, found)[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack(_REQUEST, b"lo", flags | _IFF_UP))
