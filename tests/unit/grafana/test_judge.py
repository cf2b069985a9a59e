# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an answer is said; what is right is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.judge import judge
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panels import Answer, Panel

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
