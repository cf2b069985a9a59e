# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of the guide: what a value is shown as, rows of tables, and that each panel of a dashboard is drawn."""

from __future__ import annotations

import html
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from dashboards import GUIDE, SHIPPED, boards
from dashboards.pictures import draw
from dashboards.pictures.asked import Asked
from dashboards.pictures.values import COLOURS, shown

ROOT = Path(__file__).parents[3]
STATES = [{"type": "value", "options": {"0": {"text": "UP", "color": "green"}, "-1": {"text": "?", "color": "red"}}}]
STEPS = {"steps": [{"value": None, "color": "green"}, {"value": 1, "color": "orange"}, {"value": 5, "color": "red"}]}
NAMES = [board.uid.removeprefix("aetherlink-") for board in boards()]


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0, "none", None, "0"),
        (2, "suffix:DOWN", None, "2 DOWN"),
        (0.98765, "percentunit", 2, "98.77 %"),
        (1, "percentunit", None, "100 %"),
        (0, "s", None, "0 s"),
        (0.0104, "s", None, "10.4 ms"),
        (0.0000104, "s", None, "10.4 µs"),
        (90, "s", None, "1.5 min"),
        (7200, "dtdurations", None, "2 h"),
        (0, "bytes", None, "0 B"),
        (80 * 2**20, "bytes", None, "80 MiB"),
        (1234, "short", None, "1.23 K"),
        (0.0668, "mps", None, "0.0668 msg/s"),
        (12.7, "short", 0, "13"),
        (-3, "short", None, "-3"),
    ],
)
def test_a_value_has_its_unit(value: float, unit: str, decimals: int | None, text: str) -> None:
    assert shown(value, {"unit": unit, "decimals": decimals}).text == text


def test_a_moment_is_told_from_now() -> None:
    assert shown(1000 * (time.time() - 300.5), {"unit": "dateTimeFromNow"}).text == "5 min ago"


@pytest.mark.parametrize(
    ("value", "text", "colour"),
    [(0, "UP", "green"), (-1, "?", "red"), (1, "1", "orange"), (4.9, "4.9", "orange"), (5, "5", "red")],
)
def test_a_value_has_its_word_and_the_colour_of_its_threshold(value: float, text: str, colour: str) -> None:
    found = shown(value, {"mappings": STATES, "thresholds": STEPS})

    assert (found.text, found.colour) == (text, COLOURS[colour])


def test_where_there_is_no_value_it_says_so() -> None:
    assert shown(None, {"noValue": "no data"}).text == "no data"


def table_frame(ref: str, **columns: list[Any]) -> dict[str, Any]:
    fields = [{"name": name.replace("_", " #"), "type": "number" if "Value" in name else "string"} for name in columns]
    return {ref: {"frames": [{"schema": {"fields": fields}, "data": {"values": list(columns.values())}}]}}


def test_rows_of_two_queries_are_one_where_they_agree() -> None:
    definition = {
        "transformations": [
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "indexByName": {"Value #A": 3, "Value #B": 4, "env": 0, "job": 1, "version": 2},
                    "renameByName": {"Value #A": "state", "Value #B": "age"},
                },
            },
        ],
        "options": {"sortBy": [{"desc": True, "displayName": "state"}]},
    }
    results = {
        **table_frame("A", env=["dev", "dev"], job=["a", "b"], version=["1", "2"], Value_A=[0, 2]),
        **table_frame("B", env=["dev", "dev"], job=["b", "c"], Value_B=[7, 9]),
    }

    names, rows = Asked(definition, "T", [{"refId": "A"}, {"refId": "B"}], results).table()

    assert names == ["env", "job", "version", "state", "age"]
    assert rows == [["dev", "b", "2", 2, 7], ["dev", "a", "1", 0, None], ["dev", "c", "", None, 9]]


def series_frame(values: list[float | None], **labels: str) -> dict[str, Any]:
    fields = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number", "labels": labels}]
    times = [1_795_000_000_000 + 15_000 * n for n in range(len(values))]
    return {"schema": {"fields": fields}, "data": {"values": [times, values]}}


@pytest.mark.parametrize("kind", ["stat", "bargauge", "timeseries", "state-timeline"])
def test_each_kind_shows_names_values_and_words(kind: str) -> None:
    defaults = {"unit": "s", "mappings": STATES, "thresholds": STEPS, "custom": {"thresholdsStyle": {"mode": "dashed"}}}
    definition = {
        "type": kind,
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
        "options": {"colorMode": "value"},
        "fieldConfig": {"defaults": defaults, "overrides": []},
    }
    frames = [series_frame([0, 2.5, 2.5, 2.5], env="dev"), series_frame([2, None, 0, 0], env="prod")]
    panel = Asked(
        definition,
        "Time to <answer>",
        [{"refId": "A", "legendFormat": "of {{env}}"}],
        {"A": {"frames": frames}},
        1_795_000_000_000,
        1_795_000_045_000,
    )

    texts = texts_of(draw.svg("Board", "drawn by a test", [panel]))

    assert {"Board", "drawn by a test", "Time to <answer>", "of dev", "of prod", "2.5 s", "UP"} <= texts


def texts_of(svg: str) -> set[str]:
    return {html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)}


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_of_a_page_has_every_panel_and_is_small(name: str) -> None:
    picture = (ROOT / GUIDE / f"{name}.svg").read_text()
    document = json.loads((ROOT / SHIPPED / f"aetherlink-{name}.json").read_text())

    wanted = {document["title"], *(panel["title"] for panel in document["panels"])}
    assert wanted - texts_of(picture) == set(), "draw it again: docs/dashboards/README.md, Pictures"
    assert len(picture) < 150_000
