# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words for Command Center, the demo verticals and the inbox, whose configuration is one JSON file each."""

from __future__ import annotations

import json
from typing import Any

from .compare import by_name, named, values, without


def command_center(old: str, new: str, _path: str) -> list[str]:
    return _words("vertical", "verticals", json.loads(old or "{}"), json.loads(new or "{}"))


def demo_verticals(old: str, new: str, _path: str) -> list[str]:
    return _words("service", "services", json.loads(old or "{}"), json.loads(new or "{}"))


def inbox(old: str, new: str, _path: str) -> list[str]:
    return values(json.loads(old or "{}"), json.loads(new or "{}"))


def _words(what: str, key: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    things = named(what, by_name(old.get(key)), by_name(new.get(key)), details=_details)
    return [*things, *values(without(old, key), without(new, key))]


def _details(thing: dict[str, Any]) -> str:
    return str(thing.get("url") or f"{thing.get('kind')} on port {thing.get('port')}")
