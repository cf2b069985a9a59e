# SPDX-License-Identifier: GPL-3.0-or-later
"""Things of a configuration by their names, for the summaries of components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def named(what: str, items: Iterable[Mapping[str, Any]] | None, key: str = "name") -> dict[str, dict[str, Any]]:
    """{`<what> <name>`: item without its name}; a name that comes again gets its number, `job node (2)`."""
    found: dict[str, dict[str, Any]] = {}
    for item in items or []:
        name = unique = f"{what} {item.get(key, 'without a name')}"
        count = 1
        while unique in found:
            count += 1
            unique = f"{name} ({count})"
        found[unique] = without(item, key)
    return found


def without(item: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in keys}
