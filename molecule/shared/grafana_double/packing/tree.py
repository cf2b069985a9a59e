# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the double runs on, in one directory that Python can run: nothing is asked of a host but Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

SOURCE = Path(__file__).parents[1]
_MAIN = "from grafana_double.__main__ import main\n\nmain()\n"


def contents(version: str, build: str) -> dict[str, bytes]:
    """{path below the directory: content}."""
    made = {
        "__main__.py": _MAIN.encode(),
        **{f"grafana_double/{path.relative_to(SOURCE)}": path.read_bytes() for path in _own()},
        # The pure part of PyYAML: the compiled one is of this machine.
        **{f"yaml/{path.name}": path.read_bytes() for path in sorted(Path(yaml.__file__).parent.glob("*.py"))},
    }
    release = {"version": version, "build": build, "commit": _digest(made, version, build)}
    return {**made, "grafana_double/release.json": json.dumps(release).encode()}


def write(directory: Path, version: str, build: str) -> None:
    """For tests, which so need not unpack it at each start: `python DIRECTORY server ...` is the double."""
    for name, content in contents(version, build).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _own() -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] != "packing":
            yield path


def _digest(made: Mapping[str, bytes], *words: str) -> str:
    """Stands where Grafana has the commit that it was built from."""
    digest = hashlib.sha256(repr(words).encode())
    for name in sorted(made):
        digest.update(name.encode() + b"\0" + made[name])
    return digest.hexdigest()[:10]
