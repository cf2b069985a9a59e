# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's cache: what was downloaded or built once serves every host and every later run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CacheError(Exception):
    """One sentence for the operator."""


def cache_dir(kind: str) -> Path:
    """`archives`, `artifacts`, `keys` or `wheels` below the user's cache directory, where nobody else may write.

    A directory of the user's own that others can write to is closed to them: a umask of 0002 makes such directories.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aetherlink-monitoring"
    for directory in (base, base / kind):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.stat()
        if found.st_uid != os.geteuid():
            raise CacheError(
                f"the cache directory {directory} on the controller belongs to another user: remove it, or set "
                "XDG_CACHE_HOME to a directory of your own."
            )
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            directory.chmod(stat.S_IMODE(found.st_mode) & ~(stat.S_IWGRP | stat.S_IWOTH))
    return base / kind


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time makes `path`: Ansible's forks come here for every host at once."""
    # Appending: where others could write before, a link that one of them left empties no file.
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
