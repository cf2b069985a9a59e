# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide page of a dashboard: what each panel answers, with its queries. Made from the dashboard itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .links import RUNBOOK

_KINDS = {
    "stat": "numbers of now",
    "bargauge": "bars of now",
    "timeseries": "lines over time",
    "state-timeline": "states over time",
    "table": "a table of now",
}


def page(document: Mapping[str, Any]) -> str:
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {document['title']}"
    yield ""
    yield document["description"]
    yield ""
    since = document["time"]["from"].removeprefix("now-")
    yield f"Address `/d/{document['uid']}`. Shows the last {since} and asks again every {document['refresh']}."
    for panel in document["panels"]:
        yield ""
        if panel["type"] == "row":
            yield f"## {panel['title']}"
        else:
            yield from _panel(panel)


def _panel(panel: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {panel['title']}"
    yield ""
    yield f"{panel['description']} ({_KINDS[panel['type']]}{_unit(panel)})"
    for link in panel.get("links", []):
        alert = link["url"].removeprefix(RUNBOOK)
        yield ""
        yield f"Runbook: [{alert}](../runbooks/{alert}.md)"
    for target in panel["targets"]:
        yield ""
        yield f"{'Column' if panel['type'] == 'table' else 'Series'} `{target['legendFormat']}`:"
        yield ""
        yield "```promql"
        yield target["expr"]
        yield "```"


def _unit(panel: Mapping[str, Any]) -> str:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    return "" if unit in ("none", "short") or unit.startswith("suffix:") else f", unit `{unit}`"
