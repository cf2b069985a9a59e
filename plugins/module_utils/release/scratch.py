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

from .lock import is_held

LOCK = ".lock"


@contextmanager
def scratch(component: str) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=f"aetherlink-{component}-"))
    made = path / f"{LOCK}.new"
    fd = os.open(made, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.rename(made, path / LOCK)  # under that name it is never without its lock
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(fd)


def abandoned(component: str) -> list[Path]:
    """Those whose owner was killed."""
    found = Path(tempfile.gettempdir()).glob(f"aetherlink-{component}-*")
    # Where there is no lock yet, its owner is about to make it.
    return [path for path in found if is_ours(path) and is_held(path / LOCK) is False]


def is_ours(path: Path) -> bool:
    """In folders where everybody may write, others may use a name of ours: theirs is not touched."""
    try:
        return path.lstat().st_uid == os.geteuid()
    except FileNotFoundError:  # its owner has just ended
        return False
