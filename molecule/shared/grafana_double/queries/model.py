# SPDX-License-Identifier: GPL-3.0-or-later
"""A query of `/api/ds/query`: checked, and with Grafana's own variables filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..errors import Refused
from . import intervals

_STEP = ("$__interval", "${__interval}", "$__interval_ms", "${__interval_ms}")
_RATE = ("$__rate_interval", "${__rate_interval}")
_LEFT = re.compile(r"\$\{?[A-Za-z_]\w*|\[\[\w+(?::\w+)?\]\]")
_FORMATS = ("", "time_series", "table", "heatmap")


@dataclass(frozen=True)
class Query:
    """start, end and step: ms."""

    reference: str
    expression: str
    legend: str
    start: int
    end: int
    step: int
    instant: bool
    range: bool

    @property
    def aligned(self) -> tuple[int, int]:
        return self.start // self.step * self.step, self.end // self.step * self.step

    @property
    def executed(self) -> str:
        return f"Expr: {self.expression}\nStep: {intervals.go_text(self.step)}"


def read(given: dict[str, Any], start: int, end: int, scrape: str) -> Query:
    """scrape: timeInterval of the data source. Raises Refused, also for a variable that only the page knows."""
    reference = _typed(given, "refId", str, "A")
    if _typed(given, "format", str, "") not in _FORMATS:
        raise Refused(400, f"query {reference}: format is none of time_series, table, heatmap")
    try:
        step = _step(given, end - start, scrape)
        expression = _filled(_typed(given, "expr", str, ""), given, step, end - start, scrape)
    except ValueError as error:
        raise Refused(400, f"query {reference}: {error}") from None
    instant, over_time = _typed(given, "instant", bool, False), _typed(given, "range", bool, False)
    if not expression.strip():
        raise Refused(400, f"query {reference} has no expr")
    if left := _LEFT.search(expression):
        raise Refused(400, f"query {reference} has the variable {left[0]} in it, which nothing has filled in")
    # Neither is a range query, as old dashboards have it.
    legend = _typed(given, "legendFormat", str, "")
    return Query(reference, expression, legend, start, end, step, instant, over_time or not instant)


def _step(given: dict[str, Any], span: int, scrape: str) -> int:
    own = _typed(given, "interval", str, "")
    points = _typed(given, "maxDataPoints", int, 100) or 1500
    if points < 1:
        raise ValueError("maxDataPoints is below 1")
    asked = int(_typed(given, "intervalMs", (int, float), 1000))
    step = intervals.step(span, points, asked, "" if own in (*_STEP, *_RATE) else own, scrape)
    if own in _RATE:
        return intervals.rate_interval(step, scrape)
    return step * (_typed(given, "intervalFactor", int, 1) or 1)


def _filled(expression: str, given: dict[str, Any], step: int, span: int, scrape: str) -> str:
    own, asked = given.get("interval") or "", int(given.get("intervalMs") or 1000)
    if own in _RATE:
        rate = step
    else:
        rate = intervals.rate_interval(asked, intervals.short(step) if own in _STEP else own or scrape)
    seconds = round(span / 1000)
    values = {
        "interval_ms": str(step),
        "interval": intervals.short(step),
        "range_ms": str(span),
        "range_s": str(seconds),
        "range": f"{seconds}s",
        "rate_interval_ms": str(rate),
        "rate_interval": intervals.go_text(rate),
    }
    for name, value in values.items():
        expression = expression.replace(f"$__{name}", value).replace(f"${{__{name}}}", value)
    return expression


def _typed(given: dict[str, Any], key: str, kind: type | tuple[type, ...], default: Any) -> Any:
    """Raises Refused for a value of another type, which Grafana would not read either."""
    value = given.get(key)
    if value is None:
        return default
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Refused(400, f"bad request data: {key} of a query is of the wrong type")
    return value
