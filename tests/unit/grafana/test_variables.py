# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables have the values that they have in Grafana, and go into texts as they do there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_variables import (
    Variables,
    formatted,
    promql,
)

ALL = {"value": ["$__all"]}


def variables(*definitions: dict[str, Any], **found: list[str]) -> Variables:
    """found: the values of a query."""
    return Variables({"templating": {"list": definitions}}, "prom", lambda query, _: found[query], 1000, 61_000)


def multi(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "query", "query": name, "multi": True, "includeAll": True, "current": ALL, **more}


@pytest.mark.parametrize("text", ["$env", "${env}", "[[env]]"])
def test_all_is_every_value_as_a_regular_expression(text: str) -> None:
    filled = variables(multi("env"), env=["dev", "prod"]).fill(f'up{{env=~"{text}"}}', for_promql=True)

    assert filled == 'up{env=~"(dev|prod)"}'


@pytest.mark.parametrize(
    ("chosen", "filled"),
    [
        (["dev"], "dev"),
        (["dev", "prod"], "(dev|prod)"),
        ("dev", "dev"),
        ([], "(dev|prod)"),
        ("", "(dev|prod)"),
    ],
)
def test_what_was_chosen_is_filled_in_and_all_where_nothing_was(chosen: Any, filled: str) -> None:
    v = variables(multi("env", current={"value": chosen}), env=["dev", "prod"])

    assert v.fill("$env", for_promql=True) == filled


def test_a_custom_value_of_all_goes_in_as_it_is() -> None:
    assert variables(multi("env", allValue=".+")).fill('{env=~"$env"}', for_promql=True) == '{env=~".+"}'


def test_a_variable_of_one_value_has_the_first_and_is_not_escaped_as_a_regular_expression() -> None:
    one = {"name": "job", "type": "query", "query": "job", "current": {}}

    assert variables(one, job=["a.b", "c"]).fill("$job", for_promql=True) == "a.b"


def test_values_are_escaped_for_a_regular_expression_in_quotes() -> None:
    assert promql(["a.b", "c+d"], True) == r"(a\\.b|c\\+d)"
    assert promql("a.b", True) == r"a\\.b"
    assert promql("a\\b", False) == r"a\\b"


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("regex", r"(a\.b|c)"),
        ("pipe", "a.b|c"),
        ("csv", "a.b,c"),
        ("raw", "a.b,c"),
        ("text", "a.b + c"),
        ("json", '["a.b", "c"]'),
        ("doublequote", '"a.b","c"'),
        ("singlequote", "'a.b','c'"),
        ("glob", "{a.b,c}"),
        ("percentencode", "%7Ba.b%2Cc%7D"),
        ("unheard-of", "{a.b,c}"),
    ],
)
def test_a_format_is_obeyed(how: str, text: str) -> None:
    assert formatted(["a.b", "c"], how) == text
    assert variables(multi("v"), v=["a.b", "c"]).fill(f"${{v:{how}}}", for_promql=True) == text


def test_a_data_source_and_a_constant_are_filled_in() -> None:
    v = variables(
        {"name": "datasource", "type": "datasource", "query": "prometheus"},
        {"name": "c", "type": "constant", "query": "7"},
        {"name": "t", "type": "textbox", "query": "", "current": {"value": "typed"}},
    )

    assert v.fill("${datasource} $c $t") == "prom 7 typed"


def test_custom_variables_and_intervals_have_their_written_values() -> None:
    v = variables(
        {"name": "c", "type": "custom", "query": r"one : 1, two : 2,a\,b", "includeAll": True, "multi": True},
        {"name": "i", "type": "interval", "query": "1m,10m", "current": {"value": "10m"}},
    )

    assert v.options("c") == ["1", "2", "a,b"]
    assert v.fill("[$i]") == "[10m]"


def test_grafanas_own_stay_for_its_backend_but_from_and_to() -> None:
    text = "rate(a[$__rate_interval]) $__interval ${__range} $__range_s $__interval_ms"

    assert variables().fill(text, for_promql=True) == text
    assert variables().fill("$__from ${__to}") == "1000 61000"


def test_what_is_no_variable_stays() -> None:
    assert variables().fill('label_replace(a, "b", "$1", "c", "(.*)") $nobody') == (
        'label_replace(a, "b", "$1", "c", "(.*)") $nobody'
    )


def test_a_query_is_filled_in_before_it_is_asked() -> None:
    asked = []

    def lookup(query: str, source: str) -> list[str]:
        asked.append((query, source))
        return ["dev", "prod"] if query == "env" else ["crm"]

    listed = [multi("service", query='s{env=~"$env"}', datasource={"uid": "${datasource}"}), multi("env")]
    listed.append({"name": "datasource", "type": "datasource"})
    v = Variables({"templating": {"list": listed}}, "prom", lookup, 0, 1)

    assert v.fill("$service $service", for_promql=True) == "crm crm"
    assert asked == [("env", "prom"), ('s{env=~"(dev|prod)"}', "prom")]


def test_a_variable_that_needs_itself_is_refused() -> None:
    with pytest.raises(GrafanaError, match="needs itself"):
        Variables({"templating": {"list": [multi("a", query="$a")]}}, "prom", lambda *_: [], 0, 1).fill("$a")


@pytest.mark.parametrize(
    ("regex", "values"),
    [
        ("/^d/", ["dev"]),
        ("/(..)v/", ["de"]),
        ("/(?<value>.)o/", ["r"]),
        ("/DEV/i", ["dev"]),
        ("dev", ["dev"]),
        ("", ["dev", "prod"]),
    ],
)
def test_a_regular_expression_chooses_among_the_values(regex: str, values: list[str]) -> None:
    assert variables(multi("env", regex=regex), env=["dev", "prod", "dev"]).options("env") == values


def test_a_regular_expression_that_is_none_is_refused() -> None:
    with pytest.raises(GrafanaError, match="not understood"):
        variables(multi("env", regex="/(/"), env=["dev"]).options("env")


def test_a_repeated_panels_value_goes_before() -> None:
    v = variables(multi("env"), env=["dev", "a.b"])

    assert v.chosen("env") == ["dev", "a.b"]
    assert v.fill("$env", {"env": "a.b"}, for_promql=True) == r"a\\.b"
    assert v.fill("$env", {"env": "a.b"}) == "a.b"
