# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins that Grafana brings along, found below `[paths] bundled_plugins` at the start."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from .errors import Refused
from .log import Log
from .settings.load import Settings

_DEFAULT = "data/plugins-bundled"  # below the home, where the setting is empty
_RUN = ("prometheus",)  # what the double can do in place of a plugin


class Plugins:
    """What is put there later counts at the next start only, as in Grafana."""

    def __init__(self, directory: Path, journal: Log) -> None:
        self._ids: set[str] = set()
        if not os.path.isdir(directory):
            journal.warn("local.finder", "Skipping finding plugins as directory does not exist", path=directory)
        for path in _found(directory):
            name = _id(path)
            if not name:
                journal.warn("local.finder", "Skipping plugin loading as its plugin.json could not be read", path=path)
            elif name not in self._ids:
                self._ids.add(name)
                journal.info("plugins.registration", "Plugin registered", pluginId=name)

    def need(self, name: str) -> None:
        """Raises Refused, as Grafana does for a data source whose plugin it has not."""
        if name not in self._ids or name not in _RUN:
            more = {"messageId": "plugin.notRegistered", "statusCode": 404, "traceID": ""}
            raise Refused(404, "Plugin not found", **more)


def bundled(settings: Settings) -> Path:
    return settings.home / (settings.text("paths", "bundled_plugins") or _DEFAULT)


def _found(directory: Path) -> Iterator[Path]:
    """Every plugin.json, also behind links; a directory that links lead to again is read once."""
    seen: set[str] = set()
    for current, directories, names in os.walk(directory, followlinks=True):
        real = os.path.realpath(current)
        if real in seen:
            directories.clear()
            continue
        seen.add(real)
        directories.sort()
        if "plugin.json" in names:
            yield Path(current, "plugin.json")


def _id(path: Path) -> str:
    """Empty where the file is none of a plugin."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return ""
    name = document.get("id") if isinstance(document, dict) else None
    return name if isinstance(name, str) else ""
