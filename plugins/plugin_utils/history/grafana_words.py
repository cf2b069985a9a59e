# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words for Grafana: dashboards and their panels by title, data sources, and grafana.ini by section and key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from configparser import RawConfigParser
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import REVISION
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse_from_host
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.compare import (
    both_ways,
    by_name,
    joined,
    named,
    same,
    values,
    without,
)

Mapping = dict[str, Any]
ASPECTS = {"targets": "query", "gridPos": "place", "fieldConfig": "fields", "datasource": "data source"}
OF_A_SAVE = ("version", "id", "iteration", "schemaVersion", "pluginVersion")


def ini(old: str, new: str, _path: str) -> list[str]:
    """Of grafana.ini."""
    return values(_sections(old), _sections(new))


def _sections(text: str) -> dict[str, dict[str, str]]:
    parser = RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#", ";"), default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return {name: {key: value.strip('"') for key, value in parser.items(name)} for name in parser.sections()}


def data_sources(old: str, new: str, _path: str) -> list[str]:
    """Of provisioning/datasources/*.yml."""
    before, after = parse_from_host(old) or {}, parse_from_host(new) or {}
    sides = [by_name(_told(one) for one in side.get("datasources") or []) for side in (before, after)]
    phrases = named("data source", *sides, details=lambda one: str(one.get("url") or one.get("type") or ""))
    return [*phrases, *values(without(before, "datasources"), without(after, "datasources"))]


def _told(source: Mapping) -> Mapping:
    """Of secrets only where they come from, which is no secret."""
    secure = source.get("secureJsonData") or {}
    return {**without(source, "secureJsonData"), **({"secureJsonData": sorted(secure)} if secure else {})}


def dashboard(old: str, new: str, path: str) -> list[str]:
    """Of dashboards/<folder>/<file>.json."""
    before, after = json.loads(old or "{}"), json.loads(new or "{}")
    title = clean((after or before).get("title") or path)
    if not before or not after:
        count = len(list(_panels(after)))
        return [f"dashboard {title} " + (f"added ({count} panel{'' if count == 1 else 's'})" if after else "removed")]
    return [f"dashboard {title}: {phrase}" for phrase in _differences(before, after)]


def _differences(old: Mapping, new: Mapping) -> list[str]:
    phrases = _panels_changed(list(_panels(old)), list(_panels(new)))
    phrases += named("variable", _variables(old), _variables(new))
    told = ("panels", "templating", *OF_A_SAVE)
    return [*phrases, *values(without(old, *told), without(new, *told))]


def _variables(board: Mapping) -> Mapping:
    """Without what each deploy stamps."""
    listed = (board.get("templating") or {}).get("list") or []
    return by_name(without(one, "current", "options") for one in listed if one.get("name") != REVISION)


def _panels(board: Mapping) -> Iterator[Mapping]:
    """All of them, also those in rows, each with the title that it is told by."""
    for panel in board.get("panels") or []:
        kind = str(panel.get("type", "panel"))
        yield {**without(panel, "panels"), "name": str(panel.get("title") or f"without a title ({kind})")}
        yield from _panels(panel)


def _panels_changed(old: list[Mapping], new: list[Mapping]) -> list[str]:
    before, after = by_name(old), by_name(new)
    phrases = []
    for was, now in _renamed(before, after):
        phrases.append(f"panel {clean(was)} is now {clean(now)}")
        before[now] = before.pop(was)
    phrases += both_ways("panel", before, after)
    for name in after:
        if name in before and (found := _aspects(before[name], after[name])):
            phrases.append(f"panel {clean(name)}: {joined(found)}")
    return phrases


def _renamed(old: dict[str, Mapping], new: dict[str, Mapping]) -> list[tuple[str, str]]:
    """(old title, new title) of panels with the same id and query."""
    come = [name for name in new if name not in old]
    gone = [name for name in old if name not in new]
    return [
        (was, now)
        for was in gone
        for now in come
        if old[was].get("id") is not None
        and all(same(old[was].get(key), new[now].get(key)) for key in ("id", "type", "targets"))
    ]


def _aspects(old: Mapping, new: Mapping) -> list[str]:
    """What of a panel is another: its query, its place, its fields..."""
    keys = [key for key in {**new, **old} if key not in ("name", "title", "id", *OF_A_SAVE)]
    return [
        f"{ASPECTS.get(key, key)} changed" if isinstance(new.get(key, old.get(key)), (dict, list)) else phrase
        for key in keys
        for phrase in values({key: old[key]} if key in old else {}, {key: new[key]} if key in new else {})[:1]
    ]
