# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The data frames of an answer of /api/ds/query, read as series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Series:
    """values: numbers, or None where there is none (Grafana sends NaN and infinity as null too)."""

    labels: dict[str, str]
    values: list[Any]

    @property
    def numbers(self) -> list[float]:
        return [float(v) for v in self.values if isinstance(v, (int, float)) and not isinstance(v, bool)]


def refused(result: Mapping[str, Any]) -> str:
    """Why there is no answer to a query; empty when there is one."""
    if error := result.get("error"):
        return " ".join(str(error).split()).rstrip(".")[:500]
    status = result.get("status", 200)
    return "" if 200 <= status < 300 else f"status {status}"


def series(result: Mapping[str, Any]) -> list[Series]:
    return [one for frame in result.get("frames") or [] for one in _of_frame(frame)]


def _of_frame(frame: Mapping[str, Any]) -> Iterator[Series]:
    """A field of numbers is a series. A table has the labels in columns of their own: a series a row."""
    fields = (frame.get("schema") or {}).get("fields") or []
    columns = (frame.get("data") or {}).get("values") or []
    pairs = list(zip(fields, columns))
    texts = {field["name"]: column for field, column in pairs if field.get("type") == "string"}
    for field, column in pairs:
        if field.get("type") != "number":
            continue
        labels = {str(k): str(v) for k, v in (field.get("labels") or {}).items()}
        if not texts:
            yield Series(labels, list(column))
            continue
        for index, value in enumerate(column):
            yield Series({**labels, **{n: str(texts[n][index]) for n in texts if texts[n][index]}}, [value])
