# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A part of a release (scrape, rules, routing, dashboards) that can be rolled back alone.

Works on text: hosts need no YAML library, and what this collection wrote has each top-level key at the start of a line.
"""

from __future__ import annotations

import re
from typing import Any

TOP_LEVEL = re.compile(r"(?m)^(?=[A-Za-z_]\w*:)")


def compose(part: dict[str, Any], current: dict[str, str], old: dict[str, str]) -> dict[str, str]:
    """The files of `current` with the part of `old`; both are {path below etc/: text}.

    part: `files`, the paths that belong to it, with all below those that end in /; `sections`, top-level keys by file.
    """
    prefixes = part.get("files", [])
    result = {name: text for name, text in current.items() if not _belongs(name, prefixes)}
    result |= {name: text for name, text in old.items() if _belongs(name, prefixes)}
    for name, keys in part.get("sections", {}).items():
        result[name] = _mixed(current.get(name, ""), old.get(name, ""), keys)
    return result


def has(part: dict[str, Any], where: str) -> bool:
    """Whether a place, written like `prometheus.yml (scrape_configs[0].tls_config.ca_file)`, is in the part."""
    name, _separator, place = where.partition(" (")
    key = re.split(r"[.\[)]", place)[0]
    return _belongs(name, part.get("files", [])) or key in part.get("sections", {}).get(name, [])


def _belongs(name: str, paths: list[str]) -> bool:
    return any(name == path or (path.endswith("/") and name.startswith(path)) for path in paths)


def _mixed(current: str, old: str, keys: list[str]) -> str:
    """The text of `current` with the sections named in `keys` as `old` has them, where they stand in either."""
    theirs = {key: text for key, text in sections(old) if key in keys}
    result = []
    for key, text in sections(current):
        if key not in keys:
            result.append(text)
        elif key in theirs:
            result.append(theirs.pop(key))
    return "".join(text if text.endswith("\n") else f"{text}\n" for text in [*result, *theirs.values()])


def sections(text: str) -> list[tuple[str, str]]:
    """[(key, its text)] of a file, in order; what stands before the first key has an empty one."""
    return [
        (piece.partition(":")[0] if TOP_LEVEL.match(piece) else "", piece) for piece in TOP_LEVEL.split(text) if piece
    ]
