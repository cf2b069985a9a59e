# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels are asked as Grafana's page asks them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana import panels, timerange
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana, GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panels import Panel

from .conftest import dashboard, failure, panel, series, target

NOW = 1_800_000_000.0  # seconds
HOUR = 3_600_000  # ms


@pytest.fixture(autouse=True)
def fleet(double: Any) -> None:
    """Two environments, and a service with a dot in its name."""

    def result(query: dict[str, Any]) -> dict[str, Any]:
        if query["expr"].startswith("count by (env)"):
            return series({"env": "prod"}, {"env": "dev"})
        if query["expr"].startswith("count by (service)"):
            return series({"service": "crm"}, {"service": "policy.v2"})
        return series({"env": "dev"})

    double.result = result


def shown(grafana: Grafana, *given: dict[str, Any], **more: Any) -> list[Panel]:
    known = panels.sources(grafana.get("/api/datasources"))
    return panels.opened(dashboard(*given, **more), grafana, known, "prom", lambda: NOW).panels()


def only(grafana: Grafana, *targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The one query of a panel with these targets."""
    ((query,),) = [p.queries for p in shown(grafana, panel("P", *targets, **more))]
    return query


def test_variables_are_filled_in(grafana: Grafana) -> None:
    query = only(grafana, target('up{env=~"$env",service=~"${service}"}', legendFormat="{{env}} $env"))

    assert query["expr"] == r'up{env=~"(dev|prod)",service=~"(crm|policy\\.v2)"}'
    assert query["legendFormat"] == "{{env}} {dev,prod}"
    assert query["datasource"] == {"type": "prometheus", "uid": "prom"}


def test_values_are_looked_up_by_queries_over_the_dashboards_time(grafana: Grafana, double: Any) -> None:
    shown(grafana, panel("P", target('up{service=~"$service"}')))

    assert double.expressions == [
        "count by (env) (last_over_time(aether_service_up[21600s]))",
        'count by (service) (last_over_time(aether_service_up{env=~"(dev|prod)"}[21600s]))',
    ]
    assert {(q["instant"], q["range"], q["datasource"]["uid"]) for q in double.queries} == {(True, False, "prom")}
    assert {b["to"] for b in double.bodies} == {"1800000000000"}


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("label_values(env)", 'count by (env) (last_over_time({env!=""}[21600s]))'),
        ('label_values(up{job="a,b"}, env)', 'count by (env) (last_over_time(up{job="a,b"}[21600s]))'),
        ("query_result(max(up))", "max(up)"),
        ("metrics(aether_)", 'count by (__name__) (last_over_time({__name__=~".*(aether_).*"}[21600s]))'),
    ],
)
def test_every_kind_of_query_variable_is_looked_up(grafana: Grafana, double: Any, query: str, expression: str) -> None:
    given = dashboard(panel("P", target("up == $x")))
    given["templating"]["list"].append({"name": "x", "type": "query", "query": query, "regex": "/(dev)/"})
    double.result = lambda _: series({"env": "dev", "__name__": "dev_metric"})
    known = panels.sources(double.sources)

    (found,) = panels.opened(given, grafana, known, "prom", lambda: NOW).panels()

    assert double.expressions == [expression]
    assert found.queries[0]["expr"] == "up == dev"


def test_a_variable_that_cannot_be_looked_up_is_told(grafana: Grafana, double: Any) -> None:
    double.result = lambda _: failure("bad_data: parse error")

    with pytest.raises(GrafanaError, match=r"aether_service_up.* cannot be looked up: bad_data: parse error\."):
        shown(grafana, panel("P", target('up{env="$env"}')))


def test_instant_range_and_both(grafana: Grafana) -> None:
    given = [
        target("a", "A"),
        target("b", "B", instant=False, range=True),
        target("c", "C", instant=True, range=True),
        {"refId": "D", "expr": "d"},
    ]

    ((*queries,),) = [p.queries for p in shown(grafana, panel("P", *given))]

    assert [(q["refId"], q["instant"], q["range"]) for q in queries] == [
        ("A", True, False),
        ("B", False, True),
        ("C", False, True),
        ("C-Instant", True, False),
        ("D", False, True),
    ]


def test_time_and_points_are_those_of_a_panel_1000_pixels_wide(grafana: Grafana) -> None:
    (found,) = shown(grafana, panel("P", target("a")))

    assert (found.start, found.end) == (int(NOW * 1000) - 6 * HOUR, int(NOW * 1000))
    assert (found.queries[0]["maxDataPoints"], found.queries[0]["intervalMs"]) == (1000, 20_000)


@pytest.mark.parametrize(
    ("settings", "interval"),
    [
        ({}, 20_000),
        ({"timeFrom": "1h"}, 15_000),  # the data source's own is longer than 3.6 s
        ({"interval": "1m"}, 60_000),
        ({"interval": "$__rate_interval_is_none"}, None),
        ({"maxDataPoints": 100}, 300_000),
        ({"timeFrom": "30d"}, 1_800_000),
    ],
)
def test_a_panels_own_settings_count(grafana: Grafana, settings: dict[str, Any], interval: int | None) -> None:
    if interval is None:
        with pytest.raises(GrafanaError, match="is not understood"):
            only(grafana, target("a"), **settings)
    else:
        assert only(grafana, target("a"), **settings)["intervalMs"] == interval


def test_a_panels_own_time_is_shifted(grafana: Grafana) -> None:
    (found,) = shown(grafana, panel("P", target("a"), timeFrom="2h", timeShift="1d"))

    assert (found.end - found.start, int(NOW * 1000) - found.end) == (2 * HOUR, 24 * HOUR)


@pytest.mark.parametrize(
    ("text", "end", "moment"),
    [
        ("now", False, 0),
        ("now-90m", False, -90 * 60_000),
        ("now-1d/d", False, -24 * HOUR - 8 * HOUR),
        ("now/d", True, 16 * HOUR - 1),
        ("1799999999000", False, -1000),
    ],
)
def test_relative_times(text: str, end: bool, moment: int) -> None:
    at = int(NOW * 1000)  # 08:00 UTC

    assert timerange.moment(text, at, end) - at == moment


@pytest.mark.parametrize("text", ["yesterday", "now-6", "now+1h"])
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(GrafanaError, match="is not understood"):
        timerange.moment(text, 0)


def test_hidden_targets_and_panels_without_queries_are_not_asked(grafana: Grafana) -> None:
    given = [
        panel("hidden", target("a", hide=True)),
        {"type": "text", "title": "text"},
        panel("another panel's", {"refId": "A", "datasource": {"type": "datasource", "uid": "-- Dashboard --"}}),
        panel("without", target("")),
        panel("with", target("a", hide=True), target("b", "B")),
    ]

    assert [(p.title, [q["expr"] for q in p.queries]) for p in shown(grafana, *given)] == [("with", ["b"])]


def test_panels_in_a_closed_row_are_asked(grafana: Grafana) -> None:
    row = {"type": "row", "title": "R", "collapsed": True, "panels": [panel("in", target("a"))]}

    assert [p.title for p in shown(grafana, row, panel("after", target("b")))] == ["in", "after"]


def test_a_panel_is_repeated_for_each_value(grafana: Grafana) -> None:
    found = shown(grafana, panel("$env", target('up{env=~"$env",service=~"$service"}'), repeat="env"))

    assert [p.title for p in found] == ["dev", "prod"]
    assert found[1].queries[0]["expr"] == r'up{env=~"prod",service=~"(crm|policy\\.v2)"}'


@pytest.mark.parametrize("closed", [False, True])
def test_a_row_is_repeated_with_its_panels(grafana: Grafana, closed: bool) -> None:
    inner = panel("$service in $env", target('up{env=~"$env",service=~"$service"}'), repeat="service")
    row = {"type": "row", "title": "$env", "repeat": "env", "panels": [inner] if closed else []}
    given = [row] if closed else [row, inner]

    found = shown(grafana, *given, {"type": "row", "title": "next"}, panel("after", target("b")))

    assert [p.title for p in found] == [
        "crm in dev",
        "policy.v2 in dev",
        "crm in prod",
        "policy.v2 in prod",
        "after",
    ]
    assert found[3].queries[0]["expr"] == r'up{env=~"prod",service=~"policy\\.v2"}'


def test_data_sources_may_be_named_left_out_or_mixed(grafana: Grafana, double: Any) -> None:
    double.sources.append({"uid": "two", "name": "Second", "type": "prometheus"})
    by_name = {"refId": "B", "expr": "b", "datasource": "Second"}
    given = panel("P", {"refId": "A", "expr": "a"}, by_name, datasource={"uid": "-- Mixed --"})

    (found,) = shown(grafana, given)

    assert [q["datasource"]["uid"] for q in found.queries] == ["prom", "two"]


def test_another_kind_of_data_source_is_asked_with_its_own_query(grafana: Grafana, double: Any) -> None:
    double.sources.append({"uid": "loki", "name": "Loki", "type": "loki"})
    query = only(grafana, {"refId": "A", "query": "$env", "datasource": {"type": "loki", "uid": "loki"}})

    assert (query["query"], query["datasource"]["type"]) == ("{dev,prod}", "loki")


def test_queries_of_a_panel_go_into_one_request(grafana: Grafana, double: Any) -> None:
    (found,) = shown(grafana, panel("P", target("a"), target("b", "B")))

    answer = panels.answer(grafana, found)

    assert sorted(answer.results) == ["A", "B"] and answer.seconds < 5
    (body,) = double.bodies
    assert (body["from"], body["to"]) == (str(found.start), str(found.end))
