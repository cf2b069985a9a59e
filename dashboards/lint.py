# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the dashboards that the collection ships, stricter than those for anybody's.

Not a parser of PromQL: texts are looked at with strings, matchers and groupings told apart.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from . import boards

DATASOURCE = "${datasource}"
COLUMNS = 24
# What makes something of a counter.
_OF_COUNTERS = {"rate", "irate", "increase", "resets", "changes"}
_COUNTER = re.compile(r"_(?:total|count|sum|bucket)$")
_AGGREGATIONS = {"sum", "min", "max", "avg", "count", "group", "stddev", "stdvar", "topk", "bottomk", "quantile"}
_WORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"}
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_GROUPING = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
_NAME = re.compile(r"(?<![\w$:.])[a-zA-Z_:][\w:]*")
_RANGE = re.compile(r"\[([^\]]*)\]")
_WITH_LEGEND = ("timeseries", "state-timeline", "bargauge")


def findings(document: Mapping[str, Any]) -> list[str]:
    """One phrase each, with the panel's title; none for a dashboard as it should be."""
    panels = [panel for panel in document["panels"] if panel["type"] != "row"]
    found = [f"{panel.get('title', 'a panel')}: {problem}" for panel in panels for problem in _of_panel(panel)]
    return [*found, *_of_grid(document["panels"])]


def _of_panel(panel: Mapping[str, Any]) -> Iterator[str]:
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    if not defaults.get("unit"):
        yield "has no unit"
    if not panel.get("description"):
        yield "has no description"
    if not defaults.get("thresholds", {}).get("steps"):
        yield "has no thresholds"
    if not panel.get("targets"):
        yield "has no query"
    if panel["type"] in _WITH_LEGEND and not panel.get("options", {}).get("legend", {}).get("showLegend"):
        yield "hides its legend"
    if panel.get("datasource", {}).get("uid") != DATASOURCE:
        yield f"has a data source other than {DATASOURCE}"
    for target in panel.get("targets", []):
        yield from (f"query {target['refId']} {problem}" for problem in _of_target(target))


def _of_target(target: Mapping[str, Any]) -> Iterator[str]:
    if target.get("datasource", {}).get("uid") != DATASOURCE:
        yield f"has a data source other than {DATASOURCE}"
    if not target.get("legendFormat"):
        yield "has no legend"
    yield from of_query(target["expr"])


def of_query(expr: str) -> Iterator[str]:
    """What is wrong with an expression."""
    text = _STRING.sub('""', expr)
    yield from _of_ranges(text)
    yield from _of_env(expr, text)
    yield from _of_counters(text)


def _of_ranges(text: str) -> Iterator[str]:
    for found in _RANGE.finditer(text):
        if found[1] not in ("$__rate_interval", "$__range"):
            yield f"has the fixed range [{found[1]}]: use $__rate_interval"


def _of_env(expr: str, text: str) -> Iterator[str]:
    for name, selector in _metrics(expr):
        if not re.search(r'\benv=~"\$env"', selector):
            yield f"asks {name} without env"
    for found in _GROUPING.finditer(text):
        labels = [label.strip() for label in found[2].split(",")]
        if (found[1] in ("without", "ignoring")) == ("env" in labels):
            yield f"loses env by {found[0]}"
    for found in _NAME.finditer(text):
        rest = text[found.end() :].lstrip()
        if found[0] in _AGGREGATIONS and not re.match(r"(?:by|without)\b", rest):
            yield f"loses env by {found[0]} without by"


def _of_counters(text: str) -> Iterator[str]:
    """A counter's raw value only tells of when its process started."""
    bare = re.sub(r"\{[^{}]*\}", "", text)
    for found in _NAME.finditer(_GROUPING.sub(lambda match: " " * len(match[0]), bare)):
        calls = _calls_around(bare, found.start())
        compared = re.match(r"\)?\s*>", bare[found.end() :])
        if _COUNTER.search(found[0]) and ":" not in found[0] and not calls & _OF_COUNTERS and not compared:
            yield f"shows the raw counter {found[0]}"


def _metrics(expr: str) -> Iterator[tuple[str, str]]:
    """Each metric with its matchers."""
    blank = _GROUPING.sub(lambda match: " " * len(match[0]), _blanked(expr))
    for found in _NAME.finditer(blank):
        after = blank[found.end() :].lstrip()
        if found[0] in _WORDS or after.startswith("("):
            continue
        if found[0] in _AGGREGATIONS and re.match(r"by|without|$", after):
            continue
        matchers = re.match(r"\s*\{(.*?)\}", _matchers_kept(expr)[found.end() :])
        yield found[0], matchers[1] if matchers else ""


def _blanked(expr: str) -> str:
    """The expression, as long as before, with spaces for strings, matchers and ranges."""
    text = _STRING.sub(lambda match: " " * len(match[0]), expr)
    return re.sub(r"\{[^{}]*\}|\[[^\]]*\]", lambda match: " " * len(match[0]), text)


def _matchers_kept(expr: str) -> str:
    """The expression with braces in strings made harmless, as long as before."""
    return _STRING.sub(lambda match: match[0].replace("{", "_").replace("}", "_"), expr)


def _calls_around(text: str, position: int) -> set[str]:
    """The names of the functions whose brackets are open at that place."""
    open_calls: list[str] = []
    for found in re.finditer(r"([a-zA-Z_]\w*)?\s*\(|\)", text[:position]):
        if found[0] == ")":
            open_calls = open_calls[:-1]
        else:
            open_calls.append(found[1] or "")
    return set(open_calls)


def _of_grid(panels: list[Mapping[str, Any]]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        place, title = panel["gridPos"], panel.get("title", "a panel")
        if place["x"] < 0 or place["x"] + place["w"] > COLUMNS:
            yield f"{title}: goes beyond the {COLUMNS} columns"
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        for other in sorted({taken[cell] for cell in cells if cell in taken}):
            yield f"{title}: overlaps {other}"
        taken.update(dict.fromkeys(cells, title))


def main() -> None:
    """Exits with what is found in all dashboards."""
    documents = [board.document() for board in boards()]
    if found := [f"{document['title']}: {problem}" for document in documents for problem in findings(document)]:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
