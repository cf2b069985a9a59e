# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folders for a check's own files, which a later run can tell to be abandoned: the kernel drops the lock in them with
their owner."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


@contextmanager
def scratch(component: str) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=f"aetherlink-{component}-"))
    fd = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(fd)


def abandoned(component: str) -> list[Path]:
    """Those whose owner was killed."""
    return [path for path in Path(tempfile.gettempdir()).glob(f"aetherlink-{component}-*") if _is_free(path / LOCK)]


def _is_free(lock: Path) -> bool:
    try:
        fd = os.open(lock, os.O_RDWR)
    except OSError:  # not there yet: its owner is about to make it
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(fd)
