# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus' answers as Grafana's data frames: a frame a series, its labels with the values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from .model import Query

Frame = dict[str, Any]
_TYPES = {"matrix": "timeseries-multi", "vector": "numeric-multi", "scalar": "numeric-multi"}
_PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*\}\}")


def frames(answer: dict[str, Any], query: Query) -> list[Frame]:
    """Where Prometheus has no series, there is one frame without fields, as in Grafana."""
    kind = str(answer["data"]["resultType"])
    notices = [*_notices(answer, "warnings", "warning"), *_notices(answer, "infos", "info")]
    made = [_frame(labels, points, kind, query) for labels, points in _series(kind, answer["data"]["result"])]
    made = made or [{"schema": {"refId": query.reference, "meta": {}, "fields": []}, "data": {"values": []}}]
    first = made[0]["schema"]["meta"]
    first["executedQueryString"] = query.executed
    first["custom"] = {**first.get("custom", {}), "calculatedMinStep": query.step}
    if notices:
        first["notices"] = notices
    return made


def _series(kind: str, result: Any) -> Iterator[tuple[dict[str, str], list[list[Any]]]]:
    if kind == "scalar":
        yield {}, [result]
    elif kind in _TYPES:
        for one in result:
            yield one["metric"], one["values"] if kind == "matrix" else [one["value"]]


def _frame(labels: dict[str, str], points: list[list[Any]], kind: str, query: Query) -> Frame:
    numbers = [float(value) for _, value in points]
    data: dict[str, Any] = {
        "values": [
            [round(float(at) * 1000) for at, _ in points],
            [number if math.isfinite(number) else None for number in numbers],
        ]
    }
    if entities := _entities(numbers):
        data["entities"] = [None, entities]
    fields = [
        {
            "name": "Time",
            "type": "time",
            "typeInfo": {"frame": "time.Time"},
            "config": {"interval": query.step},
        },
        {
            "name": labels.get("__name__", "Value"),
            "type": "number",
            "typeInfo": {"frame": "float64"},
            "labels": labels,
            "config": {"displayNameFromDS": shown} if (shown := _name(labels, query)) else {},
        },
    ]
    meta = {"type": _TYPES[kind], "typeVersion": [0, 1], "custom": {"resultType": kind}}
    return {"schema": {"refId": query.reference, "meta": meta, "fields": fields}, "data": data}


def _entities(numbers: list[float]) -> dict[str, list[int]]:
    """JSON has no NaN and no infinity: where they are is said beside the values."""
    kinds: dict[str, Callable[[float], bool]] = {
        "NaN": math.isnan,
        "Inf": lambda n: n == math.inf,
        "NegInf": lambda n: n == -math.inf,
    }
    places = {name: [i for i, number in enumerate(numbers) if is_one(number)] for name, is_one in kinds.items()}
    return {name: found for name, found in places.items() if found}


def _name(labels: dict[str, str], query: Query) -> str:
    if query.legend == "__auto":
        return "" if labels else query.expression
    if query.legend:
        return _PLACEHOLDER.sub(lambda found: labels.get(found[1], ""), query.legend)
    inner = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()) if key != "__name__")
    name = labels.get("__name__", "")
    return f"{name}{{{inner}}}" if inner else name or query.expression


def _notices(answer: dict[str, Any], key: str, severity: str) -> list[dict[str, str]]:
    return [{"severity": severity, "text": str(text)} for text in answer.get(key) or []]
