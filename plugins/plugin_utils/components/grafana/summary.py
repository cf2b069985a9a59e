# SPDX-License-Identifier: GPL-3.0-or-later
"""What Grafana's files have, by name: dashboards and panels by title, data sources, settings by section and key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import REVISION
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.named import named, without
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse_from_host

_OF_A_SAVE = ("version", "id", "iteration", "schemaVersion", "pluginVersion")


def items(path: str, text: str) -> dict[str, Any] | None:
    """text: of the file at that path below etc/, empty for none. Errors are those of a file of another form."""
    if path == "grafana.ini":
        return _settings(text)
    if re.fullmatch(r"provisioning/datasources/.+\.ya?ml", path):
        document = parse_from_host(text) or {}
        return {**named("data source", map(_data_source, document.get("datasources") or []))}
    if re.fullmatch(r"dashboards/.+\.json", path):
        return _dashboard(json.loads(text), path) if text else {}
    return None


def _settings(text: str) -> dict[str, Any]:
    parser = RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#", ";"), default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return {f"{name}.{key}": value.strip('"') for name in parser.sections() for key, value in parser.items(name)}


def _data_source(source: Mapping[str, Any]) -> dict[str, Any]:
    """Of secrets only their names."""
    return {**without(source, "secureJsonData"), "secureJsonData": sorted(source.get("secureJsonData") or {})}


def _dashboard(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    name = f"dashboard {document.get('title') or path}"
    variables = [v for v in (document.get("templating") or {}).get("list") or [] if v.get("name") != REVISION]
    panels = (without(panel, *_OF_A_SAVE) for panel in _panels(document))
    return {
        name: without(document, "panels", "templating", "title", *_OF_A_SAVE),
        **named(f"{name}: variable", variables),
        **named(f"{name}: panel", panels, "title"),
    }


def _panels(parent: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those within rows, too."""
    for panel in parent.get("panels") or []:
        yield without(panel, "panels")
        yield from _panels(panel)
