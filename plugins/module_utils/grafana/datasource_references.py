# SPDX-License-Identifier: GPL-3.0-or-later
"""The data sources that a dashboard names, and whether they exist."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, quoted, shown

_VARIABLE = re.compile(r"(?:\$\{?|\[\[)(\w+)")
BUILT_IN = ("-- Grafana --", "grafana", "-- Mixed --", "-- Dashboard --", "__expr__", "default")


def check_datasources(
    path: str, dashboard: Mapping[str, Any], known: Collection[str], names: Collection[str] = ()
) -> None:
    """Refuse a data source that is none of `known` (uids), none of `names` and no variable. ConfigError."""
    variables = _names(dashboard.get("templating"), "list")
    inputs = _names(dashboard, "__inputs")
    for place, uid in _datasources(dashboard, ""):
        variable = _VARIABLE.match(uid)
        if variable and variable[1] in inputs and variable[1] not in variables:
            raise ConfigError(
                f"{path}: {place} is {shown(uid, place)}, an input (__inputs), which only Grafana's import page "
                f"fills in: write the uid of a data source there ({quoted(known)})."
            )
        if variable and variable[1] not in variables:
            raise ConfigError(
                f"{path}: {place} is {shown(uid, place)}, but the dashboard has no variable {variable[1]}"
                f"{closest(variable[1], variables)}: add it, or name a data source."
            )
        if not variable and uid not in (*known, *names, *BUILT_IN, ""):
            raise ConfigError(
                f"{path}: {place} is {shown(uid, place)}, which is no data source{closest(uid, known)}: use the uid of "
                f"one ({quoted(known)}), or ${{datasource}} with a variable of that name."
            )


def _names(parent: Any, key: str) -> list[str]:
    """The names in that list, whatever else is in it."""
    items = parent.get(key) if isinstance(parent, dict) else None
    found = [item.get("name") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [name for name in found if isinstance(name, str)]


def _datasources(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each uid of a data source, or name where there is only that, with its place."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _datasources(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            place = f"{path}.{key}".lstrip(".")
            if key == "datasource" and isinstance(item, str):
                yield place, item
            elif key == "datasource" and isinstance(item, dict) and isinstance(item.get("uid"), str):
                yield f"{place}.uid", item["uid"]
            else:
                yield from _datasources(item, place)
