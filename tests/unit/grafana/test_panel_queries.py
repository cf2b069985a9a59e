# SPDX-License-Identifier: GPL-3.0-or-later
"""The queries of a dashboard's panels, with the defaults of its variables."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panel_queries import panels

from .conftest import dashboard, panel, target


def expression(text: str, *variables: dict[str, Any]) -> str:
    found = panels(dashboard(panel("P", target(text)), templating={"list": list(variables)}), "prom")
    return str(found[0].queries[0]["expr"])


def variable(**fields: Any) -> dict[str, Any]:
    return {"name": "v", "type": "query", **fields}


@pytest.mark.parametrize(
    ("fields", "filled"),
    [
        ({"current": {"value": "crm"}}, "crm"),
        ({"current": {"value": ["crm"]}, "multi": True}, "crm"),
        ({"current": {"value": ["crm", "a.b"]}, "multi": True}, r"(crm|a\.b)"),
        ({"current": {"value": ["$__all"]}, "allValue": ".+"}, ".+"),
        ({"current": {"value": "$__all"}}, ".*"),
        ({"includeAll": True}, ".*"),
        ({"type": "datasource"}, "prom"),
        ({"type": "constant", "query": "fixed"}, "fixed"),
        ({"type": "textbox", "query": ""}, ""),
        ({"type": "custom", "query": "five : 5m,10m"}, "5m"),
        ({"type": "interval", "query": "1m,5m", "current": {"value": "5m"}}, "5m"),
    ],
)
def test_a_variable_has_its_default(fields: dict[str, Any], filled: str) -> None:
    assert expression("up{a=~'$v'}", variable(**fields)) == f"up{{a=~'{filled}'}}"


@pytest.mark.parametrize("written", ["$v", "${v}", "${v:regex}", "[[v]]", "[[v:pipe]]"])
def test_every_way_to_write_it(written: str) -> None:
    assert expression(f"rate(up[{written}])", variable(current={"value": "5m"})) == "rate(up[5m])"


def test_what_grafana_fills_in_itself_stays() -> None:
    assert expression("rate(up[$__rate_interval]) $other ${__range}") == "rate(up[$__rate_interval]) $other ${__range}"


def test_a_variable_without_default_is_the_panels_problem() -> None:
    (found,) = panels(dashboard(panel("P", target("$v")), templating={"list": [variable()]}), "prom")

    assert found.problem == "the variable v has no default value"


def test_queries_are_sent_to_the_panels_data_source_over_the_dashboards_range() -> None:
    shown = dashboard(
        panel("One", target("a"), target("b", "B", datasource={"type": "loki", "uid": "logs"})),
        panel("By name", {"refId": "A", "expr": "c"}, datasource="Old"),
        {"type": "row", "title": "Closed", "panels": [panel("In it", target("d"))]},
        time={"from": "now-3h", "to": "now"},
    )

    found = panels(shown, "prom")

    assert [one.title for one in found] == ["One", "By name", "In it"]
    assert [query["datasource"]["uid"] for one in found for query in one.queries] == ["prom", "logs", "Old", "prom"]
    assert found[0].end - found[0].start == 3 * 3600 * 1000
    assert {key: found[0].queries[0][key] for key in ("instant", "maxDataPoints", "intervalMs")} == {
        "instant": True,
        "maxDataPoints": 1000,
        "intervalMs": 15_000,
    }


def test_hidden_queries_and_those_that_grafana_answers_itself_are_skipped() -> None:
    shown = dashboard(
        panel("Hidden", target("a", hide=True)),
        panel("Text"),
        panel("Other panels", target("a", datasource={"uid": "-- Dashboard --"})),
        time={"from": "2026-01-01", "to": "now"},
    )

    assert panels(shown, "prom") == []
