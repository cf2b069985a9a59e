# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A dashboard as Grafana gives it, made into one for version control: an edit is seen, and nothing else is.

What Grafana adds is not known for each of its panels, so a dashboard is made like its source: keys in the source's
order, and what the source does not say is left out where it says nothing, or what Grafana does anyway.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import REVISION

from .defaults import BY_TYPE, DEFAULTS

RUNBOOK = "__RUNBOOK_URL__"
_VOLATILE = ("id", "version", "iteration", "gnetId", "__inputs", "__requires", "__elements", "meta", "snapshot")
_NULLS = ("steps", "mappings")  # in there null means without a bound
_OPEN = ("custom", "options")  # mappings that may lack any of their keys
_OF_THE_SOURCE = ("pluginVersion",)  # of whatever Grafana the panel was drawn in last
# Items of these lists are the same as one of the source when these are.
_IDENTITIES: dict[str, tuple[str, ...]] = {
    "panels": ("id",),
    "list": ("name",),
    "targets": ("refId",),
    "links": ("title", "url"),
    "overrides": ("matcher",),
    "properties": ("id",),
}


def stripped(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    """Without what changes on its own, and without the revision that a deploy puts in."""
    found = {key: value for key, value in dashboard.items() if key not in _VOLATILE}
    templating = found.get("templating") or {}
    if "list" in templating:
        kept = [v for v in templating["list"] if v.get("name") != REVISION]
        found["templating"] = {**templating, "list": kept}
        if not kept and list(templating) == ["list"]:
            del found["templating"]
    clean: dict[str, Any] = _without_noise(found)
    return clean


def standing_for(original: Mapping[str, Any], copy: Mapping[str, Any]) -> dict[str, Any]:
    """The copy as the edited original: Grafana gives a copy another uid, and a title that says so."""
    title = original["title"] if copy.get("title") == f"{original['title']} Copy" else copy.get("title")
    return {**copy, "uid": original["uid"], "title": title}


def with_placeholder(value: Any, runbook_url: str) -> Any:
    """With `__RUNBOOK_URL__/<alert>` where a deploy has put runbook_url, which has {alert} for the alert."""
    before, alert, after = runbook_url.partition("{alert}")
    return _replaced(value, re.compile(rf"{re.escape(before)}(\w+){re.escape(after)}")) if alert else value


def like(source: Mapping[str, Any] | None, found: Mapping[str, Any]) -> dict[str, Any]:
    """`found`, which is stripped, in the source's words: equal to it where it says the same.

    source: as it is in version control; None for a new dashboard, which gets its keys in alphabetical order.
    """
    if source is None:
        ordered: dict[str, Any] = _sorted(_as_chosen({}, found))
        return ordered
    own = {key: source[key] for key in _VOLATILE if key in source}
    return _mapping(source, {**_as_chosen(source, found), **own}, "")


def same(one: Any, other: Any) -> bool:
    """Whether they are the same JSON; 1 is 1.0, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    return bool(one == other)


def text_of(dashboard: Mapping[str, Any], source: str = "") -> str:
    """The file's text, written as the source's is."""
    indent = re.match(r"\{\n( +|\t)", source)
    kept = indent[1] if indent else "  "
    text = json.dumps(dashboard, indent=kept, ensure_ascii=source.isascii() and "\\u" in source)
    return text + ("" if source and not source.endswith("\n") else "\n")


def _replaced(value: Any, url: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return url.sub(rf"{RUNBOOK}/\1", value)
    if isinstance(value, Mapping):
        return {key: _replaced(item, url) for key, item in value.items()}
    return [_replaced(item, url) for item in value] if isinstance(value, list) else value


def _without_noise(value: Any, inside: str = "") -> Any:
    """Without null where it says nothing."""
    if isinstance(value, Mapping):
        return {
            key: _without_noise(item, inside if inside in _NULLS else key)
            for key, item in value.items()
            if key not in _OF_THE_SOURCE and (item is not None or inside in _NULLS)
        }
    return [_without_noise(item, inside) for item in value] if isinstance(value, list) else value


def _as_chosen(source: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is no choice of whoever made the dashboard, where the source does not have it either."""
    made = dict(found)
    if variables := _listed(found, "templating"):
        made["templating"] = {**found["templating"], "list": _variables(_listed(source, "templating"), variables)}
    if not any(a.get("builtIn") for a in _listed(source, "annotations")):
        if kept := [a for a in _listed(found, "annotations") if not a.get("builtIn")]:
            made["annotations"] = {**found["annotations"], "list": kept}
        else:
            made.pop("annotations", None)
    return made


def _listed(dashboard: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return (dashboard.get(key) or {}).get("list") or []


def _variables(source: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the source's options, and with its choice too, unless another one was saved over it."""
    sources = {v.get("name"): v for v in source}
    kept = []
    for variable in found:
        theirs = sources.get(variable.get("name"), {})
        mine = {key: value for key, value in variable.items() if key not in ("current", "options")}
        if "options" in theirs:
            mine["options"] = theirs["options"]
        if "current" in theirs:
            current = variable.get("current") or {}
            mine["current"] = theirs["current"] if _chosen(current) == _chosen(theirs["current"] or {}) else current
        kept.append(mine)
    return kept


def _chosen(current: Mapping[str, Any]) -> list[Any]:
    value = current.get("value")
    return value if isinstance(value, list) else [value]


def _made_like(source: Any, found: Any, key: str, panel: str) -> Any:
    """key: of the mapping that holds them. panel: type of the panel that they are in."""
    if isinstance(source, Mapping) and isinstance(found, Mapping):
        return _mapping(source, found, panel)
    if isinstance(source, list) and isinstance(found, list):
        return _list(source, found, key, panel)
    return source if same(source, found) else _sorted(found)


def _mapping(source: Mapping[str, Any], found: Mapping[str, Any], panel: str) -> dict[str, Any]:
    panel = str(found.get("type", "")) if "gridPos" in found else panel
    made = {}
    for key in _order(source, found):
        if key not in found:
            if key in _OF_THE_SOURCE or _says_nothing(key, source[key], panel):
                made[key] = source[key]
        elif key in source:
            made[key] = _made_like(source[key], found[key], key, panel)
        elif not _says_nothing(key, found[key], panel) or (key == "range" and found[key] and found.get("instant")):
            made[key] = _made_like({} if key in _OPEN else None, found[key], key, panel)
    return made


def _list(source: list[Any], found: list[Any], key: str, panel: str) -> list[Any]:
    """Each item like the one of the source that it is, else like the one in its place that is gone."""
    theirs, mine = ([_identity(item, index, key) for index, item in enumerate(items)] for items in (source, found))
    made = []
    for index, item in enumerate(found):
        at = theirs.index(mine[index]) if mine[index] in theirs else index
        gone = at < len(source) and (theirs[at] == mine[index] or theirs[at] not in mine)
        made.append(_made_like(source[at] if gone else None, _first_step(source, item, key, index), "", panel))
    return made


def _identity(item: Any, index: int, key: str) -> str:
    names = _IDENTITIES.get(key, ())
    if isinstance(item, Mapping) and any(name in item for name in names):
        return json.dumps([item.get(name) for name in names], sort_keys=True)
    return str(index)


def _first_step(source: list[Any], item: Any, key: str, index: int) -> Any:
    """The first step of thresholds holds from minus infinity, which Grafana writes as null, as 0, or not at all."""
    steps = key == "steps" and index == 0 and source and all(isinstance(one, Mapping) for one in (item, source[0]))
    if not steps or item.get("value") or source[0].get("value"):
        return item
    rest = {name: value for name, value in item.items() if name != "value"}
    return {**rest, "value": source[0]["value"]} if "value" in source[0] else rest


def _order(source: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    keys = [*source, *sorted(set(found) - set(source))]
    return sorted(keys) if list(source) == sorted(source) else keys


def _says_nothing(key: str, value: Any, panel: str) -> bool:
    """Whether leaving it out changes nothing: it is empty, or what Grafana does anyway."""
    if value is None or value in ("", [], {}):
        return True
    defaults = [*DEFAULTS.get(key, ()), *(own[key] for own in [BY_TYPE.get(panel, {})] if key in own)]
    if any(same(value, default) for default in defaults):
        return True
    return isinstance(value, Mapping) and all(_says_nothing(name, item, panel) for name, item in value.items())


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
