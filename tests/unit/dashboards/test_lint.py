# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule sees a dashboard that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboards.lint import findings, of_query

Panel = dict[str, Any]


def panel(fleet: dict[str, Any], title: str) -> Panel:
    return next(p for p in fleet["panels"] if p["title"] == title)


BREAKS: dict[str, tuple[str, Callable[[Panel], Any], str]] = {
    "panel's data source": (
        "Contacts",
        lambda p: p.update(datasource={"type": "prometheus", "uid": "prometheus"}),
        "has a data source other than ${datasource}",
    ),
    "query's data source": (
        "Contacts",
        lambda p: p["targets"][0].update(datasource={"type": "prometheus", "uid": "prometheus"}),
        "query A has a data source other than ${datasource}",
    ),
    "no data source": (
        "Contacts",
        lambda p: p["targets"][0].pop("datasource"),
        "query A has a data source other than ${datasource}",
    ),
    "no unit": ("Contacts", lambda p: p["fieldConfig"]["defaults"].pop("unit"), "has no unit"),
    "no description": ("Contacts", lambda p: p.update(description=""), "has no description"),
    "no thresholds": ("Contacts", lambda p: p["fieldConfig"]["defaults"].pop("thresholds"), "has no thresholds"),
    "no query": ("Contacts", lambda p: p.update(targets=[]), "has no query"),
    "hidden legend": ("Contacts", lambda p: p["options"]["legend"].update(showLegend=False), "hides its legend"),
    "no legend": ("Services down", lambda p: p["targets"][0].pop("legendFormat"), "query A has no legend"),
    "too wide": ("Deals", lambda p: p["gridPos"].update(x=20), "goes beyond the 24 columns"),
    "overlap": ("Deals", lambda p: p["gridPos"].update(x=4), "overlaps Contacts"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_panel_is_found(name: str, fleet: dict[str, Any]) -> None:
    title, break_it, finding = BREAKS[name]
    break_it(panel(fleet, title))
    assert f"{title}: {finding}" in findings(fleet)


@pytest.mark.parametrize(
    ("expr", "finding"),
    [
        ('rate(x_total{env=~"$env"}[5m])', "has the fixed range [5m]: use $__rate_interval"),
        ('avg_over_time(up{env=~"$env"}[1h:])', "has the fixed range [1h:]: use $__rate_interval"),
        ("up", "asks up without env"),
        ('up{job="prometheus"}', "asks up without env"),
        ('up{env="dev"}', "asks up without env"),
        ('up{env=~"$env"} / on (env) group_left () count_of', "asks count_of without env"),
        ('sum by (service) (up{env=~"$env"})', "loses env by by (service)"),
        ('sum without (env) (up{env=~"$env"})', "loses env by without (env)"),
        ('up{env=~"$env"} or on (service) up{env=~"$env"}', "loses env by on (service)"),
        ('a{env=~"$env"} / ignoring (env) b{env=~"$env"}', "loses env by ignoring (env)"),
        ('sum(up{env=~"$env"})', "loses env by sum without by"),
        ('topk(5, up{env=~"$env"})', "loses env by topk without by"),
        ('x_total{env=~"$env"}', "shows the raw counter x_total"),
        ('sum by (env) (x_seconds_count{env=~"$env"})', "shows the raw counter x_seconds_count"),
        ('histogram_quantile(0.9, sum by (env, le) (x_bucket{env=~"$env"}))', "shows the raw counter x_bucket"),
        ('rate(x_total{env=~"$env"}[$__range]) + y_sum{env=~"$env"}', "shows the raw counter y_sum"),
    ],
)
def test_a_query_that_breaks_a_rule_is_found(expr: str, finding: str) -> None:
    assert finding in list(of_query(expr))


@pytest.mark.parametrize(
    "expr",
    [
        'sum by (env) (rate(x_total{env=~"$env"}[$__rate_interval]))',
        'sum by (env) (increase(x_total{env=~"$env", text="}) by (a)"}[$__range]))',
        'resets(x_total{env=~"$env"}[$__range]) and on (env) (x_total{env=~"$env"} > 0)',
        'env:x_total:sum{env=~"$env"}',
        'label_replace(up{env=~"$env"}, "service", "sum of up[5m]", "", "")',
        'time() - up{env=~"$env"}',
    ],
)
def test_a_query_that_keeps_the_rules_is_left_in_peace(expr: str) -> None:
    assert list(of_query(expr)) == []
