# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and links that appear whole or not at all, also over a power cut."""

from __future__ import annotations

import os
from pathlib import Path

STAGE_PREFIX = ".stage-"
"""Of names that nobody reads yet; a sweep removes what a killed run left under them."""


def fsync_dir(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_durably(path: Path, data: bytes, mode: int, gid: int = -1) -> None:
    """The file appears whole under its name or not at all, also over a power cut."""
    temporary = path.with_name(f".{path.name}.new")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "wb") as stream:
        os.fchmod(stream.fileno(), mode)
        if os.geteuid() == 0:
            os.fchown(stream.fileno(), 0, gid)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    fsync_dir(path.parent)


def link_durably(path: Path, target: str) -> None:
    """Point `path` at `target` by one rename, whatever link was there before."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    os.symlink(target, temporary)
    os.replace(temporary, path)
    fsync_dir(path.parent)


def leads_to(path: Path, target: str) -> bool:
    """Whether `path` is a link to just that."""
    return path.is_symlink() and os.readlink(path) == target
