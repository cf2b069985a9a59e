# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds secrets in places. A place is some files on the controller, mostly copied from the host for it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.secrets.errors import ScanError
from tests.secrets.needles import Secret, forms

FOUND = re.compile(rb"([^\0]+)\0([^\n]+)\n")
"""What grep prints; a name may have line breaks."""


@dataclass(frozen=True)
class Place:
    """paths: files and directories, each read whole."""

    name: str
    paths: list[Path] = field(default_factory=list)

    def files(self) -> list[Path]:
        found = [path for path in self.paths if path.is_file()]
        for directory in (path for path in self.paths if path.is_dir()):
            found += [path for path in directory.rglob("*") if path.is_file() and not path.is_symlink()]
        return found


@dataclass(frozen=True, order=True)
class Finding:
    """That a secret is in a file of a place. Never the secret itself."""

    secret: str
    place: str
    file: str
    form: str


@dataclass(frozen=True)
class Searched:
    place: str
    files: int
    bytes: int
    findings: list[Finding]


def search(place: Place, secrets: Sequence[Secret], scratch: Path) -> Searched:
    """Raises ScanError where a file could not be read: what was not searched has shown nothing."""
    patterns = {pattern: (secret.name, form) for secret in secrets for pattern, form in forms(secret.text).items()}
    files = place.files()
    findings = {_finding(patterns[match], place, file) for file, match in _grep(patterns, files, scratch)}
    return Searched(place.name, len(files), sum(path.stat().st_size for path in files), sorted(findings))


def _finding(found: tuple[str, str], place: Place, file: str) -> Finding:
    return Finding(found[0], place.name, file, found[1])


def _grep(patterns: Iterable[str], files: Sequence[Path], scratch: Path) -> Iterable[tuple[str, str]]:
    if not files:
        return
    with tempfile.NamedTemporaryFile("w", dir=scratch) as wanted:
        wanted.write("".join(f"{pattern}\n" for pattern in patterns))
        wanted.flush()
        command = [
            "xargs",
            "--null",
            "grep",
            "--text",
            "--only-matching",
            "--fixed-strings",
            "--with-filename",
            "--null",
        ]
        done = subprocess.run(
            [*command, "--file", wanted.name, "--"],
            input=b"\0".join(bytes(path) for path in files),
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    if done.stderr:
        raise ScanError(f"not everything could be searched: {done.stderr.decode(errors='replace')[:500]}")
    for file, match in FOUND.findall(done.stdout):
        yield file.decode(errors="replace"), match.decode()
