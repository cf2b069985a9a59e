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

    It is done in the host's network without root, and where the kernel refuses: a container may lack CAP_NET_ADMIN.
    Raises what the work raises.
    """
    with ThreadPoolExecutor(1) as pool:
        if pool.submit(_leave_the_hosts).result():
            return pool.submit(work).result()
    return work()


def _leave_the_hosts() -> bool:
    """Whether this thread has a network of its own now."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(_CLONE_NEWNET):  # os.unshare came with Python 3.12
        return False
    try:
        _bring_loopback_up()
    except PermissionError:
        return False
    return True


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        found = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack(_REQUEST, b"lo", 0))
        flags = struct.unpack(_REQUEST, found)[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack(_REQUEST, b"lo", flags | _IFF_UP))
