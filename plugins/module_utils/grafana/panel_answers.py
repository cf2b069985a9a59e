# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with Grafana's answer to a panel's queries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LIMIT = 1.0  # seconds that a panel may take


@dataclass(frozen=True)
class Series:
    """values: numbers, or None where there is none (Grafana sends NaN and infinity as null too)."""

    labels: dict[str, str]
    values: list[Any]

    @property
    def numbers(self) -> list[float]:
        return [float(v) for v in self.values if isinstance(v, (int, float)) and not isinstance(v, bool)]


def problems(queries: list[dict[str, Any]], results: Mapping[str, Any], envs: Collection[str] = ()) -> Iterator[str]:
    """One phrase each problem; none when every query has data.

    results: of /api/ds/query, by refId. envs: the environments that series may be of; empty for any.
    """
    for query in queries:
        reference = query["refId"]
        result = results.get(reference)
        if result is None:
            yield f"query {reference} has no answer"
        elif cause := _refused(result):
            yield f"query {reference} fails: {cause}"
        else:
            yield from (f"query {reference} {problem}" for problem in _of_series(series(result), envs))


def series(result: Mapping[str, Any]) -> list[Series]:
    """Every series of the data frames."""
    return [one for frame in result.get("frames") or [] for one in _of_frame(frame)]


def _refused(result: Mapping[str, Any]) -> str:
    if error := result.get("error"):
        return " ".join(str(error).split()).rstrip(".")[:500]
    status = result.get("status", 200)
    return "" if 200 <= status < 300 else f"status {status}"


def _of_series(found: list[Series], envs: Collection[str]) -> Iterator[str]:
    if not any(one.numbers for one in found):
        yield "gives only empty values" if found else "gives no data"
        return
    seen = {one.labels.get("env", "") for one in found}
    if "" in seen:
        yield "has a series without env"
    yield from (f"has series of env {env}" for env in sorted(seen - {"", *envs}) if envs)


def _of_frame(frame: Mapping[str, Any]) -> Iterator[Series]:
    """A field of numbers is a series. A table has the labels in columns of their own: a series a row."""
    fields = (frame.get("schema") or {}).get("fields") or []
    columns = (frame.get("data") or {}).get("values") or []
    texts = {field["name"]: column for field, column in zip(fields, columns) if field.get("type") == "string"}
    for field, column in zip(fields, columns):
        if field.get("type") != "number":
            continue
        labels = {str(k): str(v) for k, v in (field.get("labels") or {}).items()}
        if not texts:
            yield Series(labels, list(column))
            continue
        for index, value in enumerate(column):
            yield Series({**labels, **{n: str(texts[n][index]) for n in texts if texts[n][index]}}, [value])
