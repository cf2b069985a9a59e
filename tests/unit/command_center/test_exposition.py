# SPDX-License-Identifier: GPL-3.0-or-later
"""A Prometheus exposition with a mapping of metric names."""

from __future__ import annotations

import pytest
from command_center import exposition
from command_center.config import Vertical
from command_center.outcome import Answer, AskError, Reason

NOW = 1_762_509_600.0
PAGE = """
# HELP property_records Properties.
# TYPE property_records gauge
property_records{state="listed",note="a \\"quoted\\" {brace}"} 30
property_records{state="unlisted"} 12.0 1762509600000
property_records_deleted 1000
# TYPE property_updated gauge
property_updated 1762509500
# TYPE property_writes_total counter
property_writes_total{key="raw-1",region="n"} 5
property_writes_total{key="raw-1",region="s"} 2
property_writes_total{key="raw-2"} 1e3
property_writes_total{region="none"} 7
go_gc_duration_seconds{quantile="0"} NaN
aether_service_up{service="property"} 1
"""


def vertical(**changes: str | None) -> Vertical:
    return Vertical("property", "exposition", "http://127.0.0.1/", {"properties": "property_records"}, **changes)


async def read(page: str | bytes, **changes: str | None) -> Answer:
    return await exposition.read(page if isinstance(page, bytes) else page.encode(), vertical(**changes), NOW)


async def test_a_total_is_the_sum_over_the_series_of_its_metric() -> None:
    assert (await read(PAGE)).totals == {"properties": 42}


async def test_without_a_timestamp_metric_there_is_no_timestamp() -> None:
    assert (await read(PAGE)).timestamp is None
    assert (await read(PAGE, timestamp_metric="property_updated")).timestamp == NOW - 100


async def test_writes_are_summed_by_key() -> None:
    answer = await read(PAGE, attribution_metric="property_writes_total", attribution_label="key")
    assert answer.writes == {"raw-1": 7, "raw-2": 1000}


async def test_an_attribution_metric_without_series_yet_is_no_error() -> None:
    assert (await read("property_records 1\n", attribution_metric="w", attribution_label="key")).writes == {}


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("", Reason.WRONG_SHAPE),
        ("<html>Please log in</html>", Reason.WRONG_SHAPE),
        ("property_records_deleted 1\n", Reason.WRONG_SHAPE),
        ("property_records -1\n", Reason.WRONG_SHAPE),
        ("property_records NaN\n", Reason.WRONG_SHAPE),
        ("property_records +Inf\n", Reason.WRONG_SHAPE),
        ("property_records 1e300\n", Reason.WRONG_SHAPE),
        ("property_records many\n", Reason.NOT_EXPOSITION),
        ('property_records{state="a 1\n', Reason.NOT_EXPOSITION),
        (b"property_records 1\xff\n", Reason.NOT_EXPOSITION),
        ('property_records{n="' + "x" * 5000 + '"} 1\n', Reason.WRONG_SHAPE),
        ("property_records 1\n" * 2001, Reason.WRONG_SHAPE),
    ],
)
async def test_each_wrong_page_has_its_reason(page: str | bytes, reason: Reason) -> None:
    with pytest.raises(AskError) as caught:
        await read(page)
    assert caught.value.reason is reason


@pytest.mark.parametrize("value", ["NaN", "+Inf", f"{NOW + 400:.0f}"])
async def test_a_timestamp_that_is_no_time_of_the_past_is_an_error(value: str) -> None:
    with pytest.raises(AskError) as caught:
        await read(f"property_records 1\nproperty_updated {value}\n", timestamp_metric="property_updated")
    assert caught.value.reason is Reason.WRONG_SHAPE


async def test_a_timestamp_metric_that_is_missing_is_an_error() -> None:
    with pytest.raises(AskError, match="metric property_updated is missing"):
        await read("property_records 1\n", timestamp_metric="property_updated")


async def test_an_error_never_quotes_the_page() -> None:
    with pytest.raises(AskError) as caught:
        await read('property_records{key="SECRET" 1\n')
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
