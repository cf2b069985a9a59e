# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive, laid out as Grafana's. The same input makes the same bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import tree

_WHEN = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can hold
_SHEBANG = b"#!/usr/bin/python3 -IB\n"  # nothing of the host's Python beyond its own library, and no files beside it
_ABOUT = """A test double of Grafana {version}, made by aetherlink.monitoring for its tests.
It is not Grafana, and nothing of Grafana is in it.
"""


@dataclass(frozen=True)
class File:
    content: bytes
    mode: int = 0o644


def home(version: str, build: str) -> dict[str, File]:
    """{path: file} of Grafana's home."""
    about = _ABOUT.format(version=version)
    return {
        "bin/grafana": File(_program(version, build), 0o755),
        "conf/defaults.ini": File((tree.SOURCE / "defaults.ini").read_bytes()),
        **{f"data/{path.relative_to(tree.SOURCE)}": File(path.read_bytes()) for path in _plugins()},
        "public/about.txt": File(about.encode()),
        "README.md": File(about.encode()),
        "VERSION": File(f"{version}\n".encode()),
    }


def write(directory: Path, version: str, build: str, architecture: str) -> Path:
    """The archive's path."""
    path = directory / f"grafana_{version}_{build}_linux_{architecture}.tar.gz"
    files = {f"grafana-{version}/{name}": file for name, file in home(version, build).items()}
    path.write_bytes(tar_gz(files))
    return path


def tar_gz(files: Mapping[str, File], directories: Mapping[str, int] | None = None) -> bytes:
    """All of root's, and every directory above the files is in it. directories: modes of those that are not 0755."""
    packed = io.BytesIO()
    parents = {str(parent) for name in [*files, *(directories or {})] for parent in Path(name).parents} - {"."}
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in sorted({*parents, *(directories or {})}):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, (directories or {}).get(name, 0o755)
            archive.addfile(entry)
        for name, file in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(file.content), file.mode
            archive.addfile(entry, io.BytesIO(file.content))
    return gzip.compress(packed.getvalue(), mtime=0)


def _plugins() -> list[Path]:
    return sorted((tree.SOURCE / "plugins-bundled").glob("*/plugin.json"))


def _program(version: str, build: str) -> bytes:
    """One file: Python runs a zip file that has a __main__.py, whatever stands before it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sorted(tree.contents(version, build).items()):
            archive.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED)
    return _SHEBANG + packed.getvalue()
