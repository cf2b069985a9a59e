# SPDX-License-Identifier: GPL-3.0-or-later
"""What Grafana answers to a dashboard's panels, as series and as rows of tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.frames import series as rows_of
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panels import answer, of_dashboard, sources

_POINTS = 120  # of a line: the width of a panel here, and a small file
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Line:
    """times: ms since 1970. values: as many, None where there is none."""

    name: str
    times: list[int]
    values: list[float | None]

    @property
    def last(self) -> float | None:
        return next((value for value in reversed(self.values) if value is not None), None)


@dataclass(frozen=True)
class Asked:
    """A panel with its answers by refId. definition: its JSON. start, end: ms."""

    definition: Mapping[str, Any]
    title: str = ""
    queries: list[dict[str, Any]] = field(default_factory=list)
    results: Mapping[str, Any] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def lines(self) -> list[Line]:
        return [line for query in self.queries for line in self._lines(query)]

    def _lines(self, query: Mapping[str, Any]) -> Iterator[Line]:
        for frame in (self.results.get(query["refId"]) or {}).get("frames") or []:
            fields = frame["schema"].get("fields") or []
            columns = dict(zip((one["type"] for one in fields), frame["data"]["values"]))
            labels = next((one.get("labels") or {} for one in fields if one["type"] == "number"), None)
            if labels is not None:
                name = _LABEL.sub(lambda found, known=labels: str(known.get(found[1], "")), query["legendFormat"])  # type: ignore[misc]
                yield Line(name, list(columns["time"]), list(columns["number"]))

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Names of the columns, and the rows in their order: texts and numbers, None where there is none."""
        options = next(t["options"] for t in self.definition["transformations"] if t["id"] == "organize")
        columns = sorted(options["indexByName"], key=options["indexByName"].get)
        values = {name: name.removeprefix("Value").removeprefix(" #") for name in columns if name.startswith("Value")}
        rows: list[dict[str, Any]] = []
        for query in self.queries:
            for one in rows_of(self.results.get(query["refId"]) or {}):
                texts = {name: text for name, text in one.labels.items() if name in columns}
                # As Grafana's `merge`: one row for what agrees in all that both have.
                row = next(
                    (row for row in rows if all(row.get(name, text) == text for name, text in texts.items())), {}
                )
                if not row:
                    rows.append(row)
                row.update(texts)
                row.update((name, one.values[-1]) for name, ref in values.items() if ref in ("", query["refId"]))
        renamed = {name: options["renameByName"].get(name, name) for name in columns}
        for order in self.definition["options"].get("sortBy") or []:
            (by,) = (name for name in columns if renamed[name] == order["displayName"])
            rows.sort(key=lambda row: (row.get(by) is not None, row.get(by)), reverse=order.get("desc", False))
        return list(renamed.values()), [
            [row.get(name, None if name in values else "") for name in columns] for row in rows
        ]

    def column(self, name: str) -> dict[str, Any]:
        """The field configuration of a table's column."""
        config = self.definition["fieldConfig"]
        wanted = [o["properties"] for o in config["overrides"] if o["matcher"]["options"] == name]
        return {**config["defaults"], **{p["id"]: p["value"] for properties in wanted for p in properties}}


def dashboard(grafana: Grafana, uid: str, env: str, since: str) -> tuple[str, list[Asked]]:
    """Its title and panels, rows too, from the top. env: shown alone. since: like 30m. Raises GrafanaError."""
    shown = grafana.get(f"/api/dashboards/uid/{uid}")["dashboard"]
    shown = json.loads(json.dumps({**shown, "time": {"from": f"now-{since}", "to": "now"}}).replace("$env", env))
    for panel in shown["panels"]:
        panel["maxDataPoints"] = _POINTS
    known = sources(grafana.get("/api/datasources"))
    rows = [Asked(panel, panel["title"]) for panel in shown["panels"] if panel["type"] == "row"]
    asked = [
        Asked(one.definition, one.title, one.queries, answer(grafana, one).results, one.start, one.end)
        for one in of_dashboard(shown, grafana, known, next(source.uid for source in known if source.is_default))
    ]
    return shown["title"], sorted([*rows, *asked], key=lambda one: (one.definition["gridPos"]["y"], one.title))
