# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The queries of dashboards' panels as Grafana's page would send them when a person opens the dashboard."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import timerange
from .api import Grafana
from .dashboard_variables import Scope, Variables
from .lookup import Lookup

WIDTH = 1000  # px of a panel; Grafana asks for a point a pixel
_LEAST = "15s"  # interval of a data source that says none
_INTERNAL = ("-- Grafana --", "-- Dashboard --", "grafana", "dashboard", "datasource")  # answered without a query


@dataclass(frozen=True)
class Source:
    """A data source of Grafana. least: ms, its shortest interval."""

    uid: str
    name: str
    type: str
    is_default: bool = False
    least: int = 15_000


@dataclass(frozen=True)
class Panel:
    """A panel as it is shown. queries: of one POST to /api/ds/query. start, end: ms. definition: its JSON."""

    dashboard: str
    title: str
    queries: list[dict[str, Any]]
    start: int
    end: int
    definition: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """results: by refId. seconds: until it was there."""

    results: dict[str, Any]
    seconds: float


def sources(found: list[dict[str, Any]]) -> list[Source]:
    """Of what /api/datasources answers. Raises GrafanaError."""
    return [
        Source(
            uid=one["uid"],
            name=one["name"],
            type=one["type"],
            is_default=bool(one.get("isDefault")),
            least=timerange.span((one.get("jsonData") or {}).get("timeInterval") or _LEAST),
        )
        for one in found
    ]


def opened(
    dashboard: Mapping[str, Any],
    grafana: Grafana,
    known: list[Source],
    source: str,
    now: Callable[[], float] = time.time,
) -> Opened:
    at = int(now() * 1000)
    times = dashboard.get("time") or {}
    start = timerange.moment(times.get("from") or "now-6h", at)
    end = timerange.moment(times.get("to") or "now", at, end=True)
    variables = Variables(dashboard, source, Lookup(grafana, start, end), start, end)
    return Opened(dashboard, variables, {s.uid: s for s in known}, at, (start, end))


def answer(grafana: Grafana, panel: Panel) -> Answer:
    """What Grafana says to the panel's queries. Raises GrafanaError."""
    started = time.monotonic()
    results = grafana.query(panel.queries, panel.start, panel.end)
    return Answer(results, time.monotonic() - started)


def _repeated(panels: Iterable[Mapping[str, Any]], variables: Variables) -> Iterator[tuple[Mapping[str, Any], Scope]]:
    """Each panel that is shown, with the values of what it or its row is repeated for."""
    row: list[Scope] = [{}]
    for panel in panels:
        scopes: list[Scope] = row if panel.get("type") != "row" else [{}]
        shown: list[Scope] = [{**outer, **own} for outer in scopes for own in _scopes(panel, variables)]
        if panel.get("type") != "row":
            yield from ((panel, scope) for scope in shown)
            continue
        row = shown if not panel.get("panels") else [{}]  # an open row's panels come after it, a closed one's are in it
        for inner in panel.get("panels") or []:
            yield from ((inner, {**outer, **own}) for outer in shown for own in _scopes(inner, variables))


def _scopes(panel: Mapping[str, Any], variables: Variables) -> list[Scope]:
    name = panel.get("repeat")
    if not name or name not in variables.definitions:
        return [{}]
    return [{name: value} for value in variables.chosen(name)]


@dataclass(frozen=True)
class Opened:
    """A dashboard as it is open in a browser. now, range: ms."""

    dashboard: Mapping[str, Any]
    variables: Variables
    sources: Mapping[str, Source]
    now: int
    range: tuple[int, int]

    def panels(self) -> list[Panel]:
        """Those that have queries. Raises GrafanaError."""
        shown = _repeated(self.dashboard.get("panels") or [], self.variables)
        return [panel for definition, scope in shown if (panel := self._panel(definition, scope)).queries]

    def choices(self) -> dict[str, list[str]]:
        """What a person can choose of each variable that is asked for. Raises GrafanaError."""
        definitions = self.variables.definitions.items()
        return {name: self.variables.options(name) for name, d in definitions if d["type"] == "query"}

    def _panel(self, definition: Mapping[str, Any], scope: Scope) -> Panel:
        start, end = self._range(definition)
        queries = [
            query
            for target in definition.get("targets") or []
            if not target.get("hide")
            for query in self._queries(definition, target, scope, start, end)
        ]
        title = self.variables.fill(definition.get("title") or f"panel {definition.get('id', '')}", scope)
        return Panel(str(self.dashboard.get("title")), title, queries, start, end, definition)

    def _range(self, definition: Mapping[str, Any]) -> tuple[int, int]:
        start, end = self.range
        if own := definition.get("timeFrom"):
            start, end = timerange.moment(own if own.startswith("now") else f"now-{own}", self.now), self.now
        if shift := definition.get("timeShift"):
            start, end = start - timerange.span(shift), end - timerange.span(shift)
        return start, end

    def _queries(
        self, definition: Mapping[str, Any], target: Mapping[str, Any], scope: Scope, start: int, end: int
    ) -> Iterator[dict[str, Any]]:
        """None of a target without a query; two of one that is instant and range."""
        uid, kind = self._source([target.get("datasource"), definition.get("datasource")], scope)
        if uid in _INTERNAL or kind in _INTERNAL:
            return
        source = self.sources.get(uid)
        kind = source.type if source else kind
        least = definition.get("interval")
        points = definition.get("maxDataPoints") or WIDTH
        query = {
            **{key: self._filled(value, scope, key == "expr") for key, value in target.items()},
            "datasource": {"type": kind, "uid": uid},
            "maxDataPoints": points,
            "intervalMs": timerange.interval(
                start,
                end,
                points,
                timerange.span(self.variables.fill(least, scope)) if least else (source.least if source else 15_000),
            ),
        }
        if kind != "prometheus":
            yield query
        elif not target.get("expr"):
            return
        elif target.get("instant") and target.get("range"):
            yield {**query, "instant": False}
            yield {**query, "refId": f"{query['refId']}-Instant", "range": False}
        else:
            yield {**query, "instant": bool(target.get("instant")), "range": not target.get("instant")}

    def _source(self, references: list[Any], scope: Scope) -> tuple[str, str]:
        """uid and type of the first reference that says one, else of the default data source."""
        for reference in references:
            uid = reference.get("uid") if isinstance(reference, Mapping) else reference
            if not uid or uid in ("-- Mixed --", "default"):
                continue
            filled = self.variables.fill(str(uid), scope)
            by_name = next((s.uid for s in self.sources.values() if s.name == filled), filled)
            return by_name, str(reference.get("type", "")) if isinstance(reference, Mapping) else ""
        default = next((s for s in self.sources.values() if s.is_default), None)
        return (default.uid, default.type) if default else ("", "")

    def _filled(self, value: Any, scope: Scope, for_promql: bool) -> Any:
        if isinstance(value, str):
            return self.variables.fill(value, scope, for_promql)
        if isinstance(value, Mapping):
            return {key: self._filled(item, scope, for_promql) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, scope, for_promql) for item in value]
        return value
