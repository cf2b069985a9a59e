# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words for Alertmanager: routes, receivers, inhibit rules, time intervals, templates and routing tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse_from_host
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.compare import (
    both_ways,
    by_name,
    joined,
    named,
    values,
    without,
)

Mapping = dict[str, Any]
DEFINE = re.compile(r"""\{\{-?\s*define\s+["`]([^"`]+)["`]\s*-?\}\}""")


def config(old: str, new: str, _path: str) -> list[str]:
    """Of alertmanager.yml."""
    before, after = parse_from_host(old) or {}, parse_from_host(new) or {}
    phrases = named("receiver", *(by_name(side.get("receivers")) for side in (before, after)), details=_integrations)
    phrases += _routes(before.get("route") or {}, after.get("route") or {})
    phrases += named("inhibit rule", *(_inhibitions(side) for side in (before, after)))
    for key in ("time_intervals", "mute_time_intervals"):
        phrases += named("time interval", *(by_name(side.get(key)) for side in (before, after)))
    # Which templates there are is seen by the files.
    told = ("receivers", "route", "inhibit_rules", "time_intervals", "mute_time_intervals", "templates")
    return [*phrases, *values(without(before, *told), without(after, *told))]


def _integrations(receiver: Mapping) -> str:
    return ", ".join(key.removesuffix("_configs") for key in receiver if key.endswith("_configs"))


def _routes(old: Mapping, new: Mapping) -> list[str]:
    before, after = (by_name(_tree(side, [])) for side in (old, new))
    gone, come = ([name for name in one if name not in other] for one, other in ((before, after), (after, before)))
    phrases = []
    for name in list(come):
        # The same alerts to somebody else.
        others = [other for other in gone if before[other]["matchers"] == after[name]["matchers"]]
        if len(others) == 1:
            was = before[others[0]]
            phrases.append(f"route {clean(after[name]['matchers'])}: {joined(_route(was, after[name]))}")
            come.remove(name)
            gone.remove(others[0])
    phrases += both_ways("route", {name: before[name] for name in gone}, {name: after[name] for name in come})
    kept = [name for name in after if name in before]
    for name in kept:
        if found := _route(before[name], after[name]):
            phrases.append(f"route {clean(name)}: {joined(found)}")
    if kept != [name for name in before if name in after]:
        phrases.append("the order of the routes changed")
    return phrases


def _route(old: Mapping, new: Mapping) -> list[str]:
    return values(without(old, "name", "matchers"), without(new, "name", "matchers"))


def _tree(route: Mapping, above: list[str], receiver: str = "") -> Iterator[Mapping]:
    """Each route, named by whom it catches, also by the routes above it, and whom it tells: `a="b" -> slack`."""
    path = [*above, *_matchers(route)]
    receiver = str(route.get("receiver", receiver))
    matchers = ", ".join(path) or "of everything else"
    yield {**without(route, "routes"), "name": f"{matchers} -> {receiver}", "matchers": matchers}
    for child in route.get("routes") or []:
        yield from _tree(child, path, receiver)


def _matchers(item: Mapping, side: str = "") -> list[str]:
    """The matchers as written, also where a release of another hand has the deprecated forms."""
    old = [f'{k}="{v}"' for k, v in (item.get(f"{side}match") or {}).items()]
    old += [f'{k}=~"{v}"' for k, v in (item.get(f"{side}match_re") or {}).items()]
    return [*map(str, item.get(f"{side}matchers") or []), *old]


def _inhibitions(document: Mapping) -> dict[str, Mapping]:
    return by_name(
        {
            "name": f"{', '.join(_matchers(rule, 'source_'))} silences {', '.join(_matchers(rule, 'target_'))}",
            "equal": rule.get("equal"),
        }
        for rule in document.get("inhibit_rules") or []
    )


def templates(old: str, new: str, _path: str) -> list[str]:
    """Of templates/<name>.tmpl, by the names that it defines."""
    before, after = _defined(old), _defined(new)
    changed = [name for name in after if name in before and before[name] != after[name]]
    return [*both_ways("template", before, after), *(f"template {clean(name)} changed" for name in changed)]


def _defined(text: str) -> dict[str, str]:
    pieces = DEFINE.split(text)
    return {name: body.strip() for name, body in zip(pieces[1::2], pieces[2::2])}


def routing_tests(old: str, new: str, _path: str) -> list[str]:
    """Of routing_tests.json, which has the configuration too, that alertmanager.yml says."""
    return named("routing test", *(by_name(json.loads(text or "{}").get("tests")) for text in (old, new)))
