# SPDX-License-Identifier: GPL-3.0-or-later
"""What Alertmanager's files have, by name: receivers, routes, inhibition rules, time intervals, templates, tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.named import named, without
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse_from_host

_DEFINE = re.compile(r"""\{\{-?\s*define\s+["`]([^"`]+)["`]\s*-?\}\}""")


def items(path: str, text: str) -> dict[str, Any] | None:
    """text: of the file at that path below etc/, empty for none. Errors are those of a file of another form."""
    if path == "alertmanager.yml":
        return _config(parse_from_host(text) or {})
    if path == "routing_tests.json":
        return named("routing test", json.loads(text or "{}").get("tests"))
    if re.fullmatch(r"templates/.+\.tmpl", path):
        pieces = _DEFINE.split(text)
        return {f"template {name}": body.strip() for name, body in zip(pieces[1::2], pieces[2::2])}
    return None


def _config(document: Mapping[str, Any]) -> dict[str, Any]:
    rules = document.get("inhibit_rules") or []
    return {
        **named("receiver", document.get("receivers")),
        **named("route", _routes(document.get("route") or {}, [])),
        **named("inhibition rule", ({**rule, "name": _inhibition(rule)} for rule in rules)),
        **named("time interval", document.get("time_intervals")),
        **named("time interval", document.get("mute_time_intervals")),
        # Which templates there are is seen by the files.
        **without(
            document, "receivers", "route", "inhibit_rules", "time_intervals", "mute_time_intervals", "templates"
        ),
    }


def _routes(route: Mapping[str, Any], above: list[str], receiver: str = "") -> Iterator[dict[str, Any]]:
    """Each route by its matchers, with those of the routes above it, and its receiver: `a="b" -> slack`."""
    matchers = [*above, *_matchers(route)]
    receiver = str(route.get("receiver", receiver))
    yield {**without(route, "routes", "receiver"), "name": f"{', '.join(matchers) or 'default'} -> {receiver}"}
    for child in route.get("routes") or []:
        yield from _routes(child, matchers, receiver)


def _matchers(item: Mapping[str, Any], side: str = "") -> list[str]:
    """As written, also in the deprecated forms."""
    old = [f'{k}="{v}"' for k, v in (item.get(f"{side}match") or {}).items()]
    old += [f'{k}=~"{v}"' for k, v in (item.get(f"{side}match_re") or {}).items()]
    return [*map(str, item.get(f"{side}matchers") or []), *old]


def _inhibition(rule: Mapping[str, Any]) -> str:
    return f"{', '.join(_matchers(rule, 'source_'))} inhibits {', '.join(_matchers(rule, 'target_'))}"
