# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One deploy of a component at a time. The kernel drops the lock with its holder, so none is ever left behind."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from .journal import now


@contextmanager
def locked(home: Path, by: str, timeout: float) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True, mode=0o755)
    fd = os.open(home / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(fd, home.name, timeout)
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{by} since {now()}".encode(), 0)
        yield
    finally:
        os.close(fd)


def is_locked(home: Path) -> bool:
    """Whether a run is at work on the component at this moment."""
    try:
        fd = os.open(home / ".lock", os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # Shared, so that two that ask at once do not take each other for a holder.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(fd)


def _wait(fd: int, component: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(fd, 500, 0).decode(errors="replace") or "an unnamed run"
                raise ReleaseError(
                    f"another deploy of {component} is at work on this host ({holder}) and did not end within "
                    f"{timeout:g} s: wait for it and run again, or raise {component}_lock_timeout."
                ) from None
            time.sleep(0.2)
