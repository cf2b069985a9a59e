# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The queries of a dashboard's panels, with the defaults of its variables.

What only a browser does (repeated panels, looking up a variable's choices, rounding intervals) is left to it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

POINTS = 1000
_SCRAPE = 15_000  # ms; the shortest interval that is asked for
_HOURS = 6  # of a dashboard whose time range is not like now-3h
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_ALL = "$__all"
_REFERENCE = re.compile(r"\$(\w+)|\$\{(\w+)(?:[.:][^}]*)?\}|\[\[(\w+)(?::\w+)?\]\]")
_WITHOUT_QUERY = re.compile(r"-- \w+ --|grafana|datasource")
_NO_VALUE = ("adhoc", "groupby", "system", "snapshot")


@dataclass(frozen=True)
class Panel:
    """queries: of one POST to /api/ds/query. start, end: ms since 1970. problem: why it cannot be asked, or empty."""

    title: str
    queries: list[dict[str, Any]]
    start: int
    end: int
    problem: str = ""


def panels(dashboard: Mapping[str, Any], source: str) -> list[Panel]:
    """Those with queries, those of collapsed rows, too. source: uid of what `$datasource` stands for."""
    end = int(time.time() * 1000)
    start = end - _range((dashboard.get("time") or {}).get("from"))
    values = _values(dashboard, source)
    found = (_panel(one, values, source, start, end) for one in _all(dashboard.get("panels") or []))
    return [panel for panel in found if panel.queries]


def _all(panels_: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for one in panels_:
        yield one
        yield from _all(one.get("panels") or [])


def _range(text: Any) -> int:
    found = re.fullmatch(r"now-(\d+)([smhdw])", str(text))
    return 1000 * (int(found[1]) * _UNITS[found[2]] if found else _HOURS * 3600)


def _panel(one: Mapping[str, Any], values: Mapping[str, str | None], source: str, start: int, end: int) -> Panel:
    missing: set[str] = set()

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return _REFERENCE.sub(replace, value)
        if isinstance(value, Mapping):
            return {key: fill(item) for key, item in value.items()}
        return [fill(item) for item in value] if isinstance(value, list) else value

    def replace(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3]
        if name not in values:
            return found[0]  # one of Grafana's own, which its backend fills in
        if values[name] is None:
            missing.add(name)
        return values[name] or ""

    queries = []
    for target in one.get("targets") or []:
        wanted = fill(_source(target.get("datasource"), one.get("datasource"), source))
        if not target.get("hide") and not _WITHOUT_QUERY.fullmatch(wanted["uid"]):
            interval = max((end - start) // POINTS, _SCRAPE)
            more = {"datasource": wanted, "maxDataPoints": POINTS, "intervalMs": interval}
            queries.append({"refId": "A", **fill(target), **more})
    problem = f"the variable {', '.join(sorted(missing))} has no default value" if missing else ""
    return Panel(str(one.get("title") or f"panel {one.get('id', '')}"), queries, start, end, problem)


def _source(of_target: Any, of_panel: Any, default: str) -> dict[str, Any]:
    """The first that names one; older dashboards name it by a text."""
    for one in (of_target, of_panel):
        uid = one.get("uid") if isinstance(one, Mapping) else one
        if uid and uid not in ("-- Mixed --", "default"):
            return {**(one if isinstance(one, Mapping) else {}), "uid": str(uid)}
    return {"type": "prometheus", "uid": default}


def _values(dashboard: Mapping[str, Any], source: str) -> dict[str, str | None]:
    """By name; None for a variable whose value a browser would look up."""
    variables = (dashboard.get("templating") or {}).get("list") or []
    return {v["name"]: _value(v, source) for v in variables if v.get("type") not in _NO_VALUE}


def _value(variable: Mapping[str, Any], source: str) -> str | None:
    kind, query = variable.get("type"), variable.get("query")
    if kind == "datasource":
        return source
    if kind in ("constant", "textbox"):
        return str(query or "")
    value = (variable.get("current") or {}).get("value")
    chosen = [str(one) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
    if _ALL in chosen or (not chosen and variable.get("includeAll")):
        return str(variable.get("allValue") or ".*")
    if len(chosen) > 1:
        return f"({'|'.join(map(re.escape, chosen))})"
    if not chosen and kind in ("custom", "interval"):
        return str(query).partition(",")[0].rpartition(" : ")[2].strip()
    return chosen[0] if chosen else None
