# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an answer is said; what is right is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.judge import judge
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panels import Answer, Panel
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.units import measures, misfit

from .conftest import failure, frame, panel, series, target

DEV = {"env": "dev"}


def problems(
    result: Any, expr: str = "up", unit: str = "", seconds: float = 0.1, definition: Any = None, **more: Any
) -> list[str]:
    definition = definition or panel("P", target(expr), unit=unit)
    shown = Panel("Fleet", "P", definition["targets"], 0, 1000, definition)
    return judge(shown, Answer({} if result is None else {"A": result}, seconds), **more)


def test_data_with_an_environment_in_time_is_good() -> None:
    assert problems(series(DEV, {"env": "prod"})) == []


def test_an_error_is_told_in_prometheus_words() -> None:
    assert problems(failure("bad_data:\n parse error.")) == ["query A fails: bad_data: parse error"]
    assert problems({"status": 503}) == ["query A fails: status 503"]


def test_no_answer_at_all_is_bad() -> None:
    assert problems(None) == ["query A has no answer"]


@pytest.mark.parametrize("result", [{}, {"frames": []}, {"frames": None}, {"frames": [{}]}])
def test_an_empty_answer_is_bad(result: dict[str, Any]) -> None:
    assert problems(result) == ["query A gives no data"]


def test_nulls_alone_are_bad_and_some_are_not() -> None:
    assert problems({"frames": [frame(DEV, [None, None])]}) == ["query A gives only empty values"]
    assert problems({"frames": [frame(DEV, [None, 0])]}) == []


def test_a_series_without_environment_is_bad() -> None:
    assert problems(series(DEV, {"service": "crm"})) == ["query A has a series without env"]
    assert problems({"frames": [frame({}, [1])]}) == ["query A has a series without env"]
    fields = [{"name": "Value", "type": "number"}]
    assert problems({"frames": [{"schema": {"fields": fields}, "data": {"values": [[1]]}}]}) == [
        "query A has a series without env"
    ]


def test_an_environment_that_should_not_be_there_is_bad() -> None:
    assert problems(series(DEV, {"env": "prod"}), envs=["dev"]) == ["query A has series of env prod"]
    assert problems(series(DEV), envs=["dev"]) == []


def test_the_labels_of_a_table_are_its_columns() -> None:
    fields = [{"name": "Time", "type": "time"}, {"name": "env", "type": "string"}, {"name": "Value", "type": "number"}]
    table = {"frames": [{"schema": {"fields": fields}, "data": {"values": [[1, 1], ["dev", ""], [3, 4]]}}]}

    assert problems(table) == ["query A has a series without env"]
    table["frames"][0]["data"]["values"][1] = ["dev", "prod"]
    assert problems(table) == []


def test_what_takes_long_is_bad() -> None:
    assert problems(series(DEV), seconds=1.234) == ["takes 1.23 s, more than 1 s"]
    assert problems(series(DEV), seconds=1.234, limit=2) == []


@pytest.mark.parametrize(
    ("unit", "value", "good"),
    [
        ("percentunit", 0.0, True),
        ("percentunit", 1.0 + 1e-12, True),
        ("percentunit", 97.0, False),
        ("percentunit", -0.1, False),
        ("percent", 97.0, True),
        ("percent", 101.0, False),
        ("short", 1e9, True),
    ],
)
def test_a_share_lies_within_its_bounds(unit: str, value: float, good: bool) -> None:
    assert (problems(series(DEV, value=value), unit=unit) == []) is good


def test_a_unit_that_does_not_fit_is_told() -> None:
    assert problems(series(DEV), "max by (env) (scrape_duration_seconds)", "bytes") == [
        "query A measures seconds, which the unit bytes does not fit"
    ]
    assert problems(series(DEV), "max by (env) (scrape_duration_seconds)") == [
        "query A measures seconds, which the unit (none) does not fit"
    ]


def test_the_unit_of_a_column_is_its_own() -> None:
    def table(*overrides: tuple[dict[str, str], str]) -> dict[str, Any]:
        definition = panel("P", target("max by (env) (scrape_duration_seconds)"), unit="short")
        definition["fieldConfig"]["overrides"] = [
            {"matcher": matcher, "properties": [{"id": "unit", "value": unit}]} for matcher, unit in overrides
        ]
        return definition

    def good(*overrides: tuple[dict[str, str], str]) -> bool:
        return problems(series(DEV), definition=table(*overrides)) == []

    assert not good()
    assert good(({"id": "byName", "options": "Value #A"}, "s"))
    assert good(({"id": "byFrameRefID", "options": "A"}, "s"))
    assert not good(({"id": "byName", "options": "Value #A"}, "bytes"))
    assert good(({"id": "byName", "options": "Took"}, "s"))  # renamed by a transformation: it may be this one


@pytest.mark.parametrize(
    ("expression", "measured"),
    [
        ("aether_service_up", None),
        ("scrape_duration_seconds", "seconds"),
        ('max by (env) (scrape_duration_seconds{job="a/b"})', "seconds"),
        ("max_over_time(scrape_duration_seconds[5m])", "seconds"),
        ("histogram_quantile(0.95, sum by (env, le) (rate(a_duration_seconds_bucket[$__rate_interval])))", "seconds"),
        ("rate(a_seconds_sum[5m]) / rate(a_seconds_count[5m])", "seconds"),
        ("sum by (env) (rate(a_seconds_sum[5m])) / sum by (env) (rate(a_seconds_count[5m]))", "seconds"),
        ("rate(a_seconds_sum[5m]) / rate(b_seconds_count[5m])", None),
        ("env:aether_verticals_scrape_duration_seconds:p95_5m", "seconds"),
        ("service_env:aether_verticals_scrape_errors:rate5m", "a rate per second"),
        ("env:aether_service_up:count", "a count"),
        ("env:aether_service_up:avg", None),
        ("job:errors:ratio_rate5m", "a ratio"),
        ("process_resident_memory_bytes", "bytes"),
        ("rate(net_bytes_total[5m])", "bytes per second"),
        ("sum by (env) (rate(aether_verticals_scrape_errors_total[$__rate_interval]))", "a rate per second"),
        ("rate(process_cpu_seconds_total[5m])", None),
        ("sum(rate(a_total[5m])) * 60", None),
        ("increase(a_total[1h])", "a count"),
        ("increase(a_seconds_total[1h])", None),
        ("last_reload_timestamp_seconds", "a time in seconds since 1970"),
        ("max by (env) (last_reload_timestamp_seconds) * 1000", "a time in milliseconds since 1970"),
        ("time() - max by (env) (last_reload_timestamp_seconds)", "seconds"),
        ("time() - up", None),
        ("node_time_seconds", None),
        ("cache_hit_ratio", "a ratio"),
        ("a_seconds + b_seconds", None),
        ("a_seconds > 5", None),
        ("count(a_seconds)", None),
        ("sum by (env) (rate(a_total[5m])) or 0 * group by (env) (up)", "a rate per second"),
        ("max(a_seconds or b_bytes)", None),
        ("scrape_duration_seconds offset 1h", None),
        ("topk(5, rate(a_total[5m]))", "a rate per second"),
        ("1", None),
        ("", None),
    ],
)
def test_what_an_expression_measures_is_read_off_its_names(expression: str, measured: str | None) -> None:
    assert measures(expression) == measured


@pytest.mark.parametrize(
    ("measured", "unit", "fits"),
    [
        ("seconds", "s", True),
        ("seconds", "ms", False),
        ("bytes", "decbytes", True),
        ("bytes", "Bps", False),
        ("bytes per second", "binBps", True),
        ("a rate per second", "reqps", True),
        ("a rate per second", "short", True),
        ("a rate per second", "s", False),
        ("a ratio", "percentunit", True),
        ("a ratio", "percent", False),
        ("a time in milliseconds since 1970", "dateTimeFromNow", True),
        ("a time in seconds since 1970", "dateTimeAsIso", False),
        ("seconds", "suffix: of people", True),
    ],
)
def test_units_fit_what_is_measured(measured: str, unit: str, fits: bool) -> None:
    assert misfit(measured, unit) is not fits
