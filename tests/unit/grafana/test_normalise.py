# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit made in Grafana is seen in a dashboard, and nothing that Grafana does on its own."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.normalise import (
    like,
    same,
    standing_for,
    stripped,
    text_of,
    with_placeholder,
)

RUNBOOKS = "https://runbooks.example/{alert}.html"
SHIPPED = sorted((Path(__file__).resolve().parents[3] / "roles/grafana/files/dashboards").rglob("*.json"))
SOURCE: dict[str, Any] = {
    "uid": "fleet",
    "title": "Fleet",
    "schemaVersion": 42,
    "id": None,
    "tags": ["aetherlink"],
    "templating": {
        "list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus"},
            {
                "type": "query",
                "name": "env",
                "query": "label_values(up, env)",
                "current": {"value": ["$__all"], "text": ["All"]},
            },
        ]
    },
    "panels": [
        {
            "id": 1,
            "type": "timeseries",
            "title": "Errors",
            "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8.0},
            "links": [{"title": "Runbook", "url": "__RUNBOOK_URL__/Errors"}],
            "targets": [{"refId": "A", "expr": "sum by (env) (rate(errors_total[5m]))", "instant": True}],
            "fieldConfig": {
                "defaults": {
                    "unit": "ops",
                    "thresholds": {"mode": "absolute", "steps": [{"value": None, "color": "green"}]},
                },
                "overrides": [],
            },
        },
        {"id": 2, "type": "stat", "title": "Up", "gridPos": {"x": 12, "y": 0, "w": 12, "h": 8}, "targets": []},
    ],
}
TEXT = json.dumps(SOURCE, indent=2) + "\n"


def deployed() -> dict[str, Any]:
    """As Grafana has it after a deploy, and gives it."""
    given: dict[str, Any] = json.loads(TEXT.replace("__RUNBOOK_URL__/Errors", RUNBOOKS.format(alert="Errors")))
    revision = {"name": "aether_revision", "type": "constant", "query": "0123456789ab", "hide": 2, "skipUrlSync": True}
    given["templating"]["list"].append(revision)
    return {**given, "id": 17, "version": 4, "gnetId": None, "iteration": 1763, "__inputs": [], "__requires": []}


def saved() -> dict[str, Any]:
    """What Grafana's page makes of it when it is saved there, without an edit."""
    given = deployed()
    builtin = {"builtIn": 1, "datasource": {"uid": "-- Grafana --"}, "enable": True, "name": "Annotations & Alerts"}
    given.update(
        annotations={"list": [builtin]}, editable=True, fiscalYearStartMonth=0, graphTooltip=0, links=[], preload=False
    )
    given.update(timepicker={}, weekStart="")
    errors = given["panels"][0]
    errors.update(pluginVersion="13.2.3", description="", transparent=False)
    errors["gridPos"]["h"] = 8
    errors["targets"][0].update(editorMode="code", range=False, legendFormat="", exemplar=False, useBackend=False)
    legend = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
    errors["options"] = {"legend": legend, "tooltip": {"hideZeros": False, "mode": "single", "sort": "none"}}
    custom = {"axisPlacement": "auto", "drawStyle": "line", "fillOpacity": 0, "lineWidth": 1, "axisLabel": ""}
    custom["hideFrom"] = {"legend": False, "tooltip": False, "viz": False}
    errors["fieldConfig"]["defaults"].update(color={"mode": "palette-classic"}, custom=custom, mappings=[])
    errors["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] = 0
    for variable in given["templating"]["list"][:2]:
        variable.update(options=[{"text": "dev", "value": "dev"}], includeAll=False, refresh=None)
    given["templating"]["list"][0]["current"] = {"text": "Prometheus", "value": "prom"}
    given["templating"]["list"][1]["current"] = {"selected": True, "text": "All", "value": "$__all"}
    return given


def back(found: dict[str, Any]) -> dict[str, Any]:
    return like(SOURCE, with_placeholder(stripped(found), RUNBOOKS))


def changes(found: dict[str, Any]) -> list[str]:
    """The changed lines of the file."""
    lines = difflib.unified_diff(TEXT.splitlines(), text_of(back(found), TEXT).splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize("given", [deployed, saved])
def test_what_nobody_edited_is_its_source_to_the_byte(given: Callable[[], dict[str, Any]]) -> None:
    assert text_of(back(given()), TEXT) == TEXT


@pytest.mark.parametrize("given", [deployed, saved])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_changed_title_is_one_line(given: Callable[[], dict[str, Any]], shuffled: bool) -> None:
    found = given()
    if shuffled:
        found = json.loads(json.dumps(found, sort_keys=True))
    found["panels"][0]["title"] = "Errors per second"

    assert changes(found) == ['-      "title": "Errors",', '+      "title": "Errors per second",']


def edit(found: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split("/")
    for step in way:
        found = found[int(step)] if isinstance(found, list) else found.setdefault(step, {})
    found[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("refresh", "30s"),
        ("editable", False),
        ("panels/0/fieldConfig/defaults/custom/fillOpacity", 20),
        ("panels/0/fieldConfig/defaults/color", {"mode": "thresholds"}),
        ("panels/1/fieldConfig", {"defaults": {"color": {"mode": "palette-classic"}}, "overrides": []}),
        ("panels/0/targets/0/range", True),
        ("panels/0/targets/0/instant", False),
        ("panels/0/targets/0/legendFormat", "{{env}}"),
        ("panels/0/links/0/title", "What to do"),
        ("panels/0/fieldConfig/defaults/thresholds/steps/0/color", "blue"),
        ("templating/list/1/current", {"text": ["dev"], "value": ["dev"]}),
        ("templating/list/0/query", "loki"),
        ("tags", ["aetherlink", "fleet"]),
    ],
)
def test_an_edit_is_kept_and_nothing_else(path: str, value: Any) -> None:
    found, wanted = saved(), copy.deepcopy(SOURCE)
    edit(found, path, value)
    edit(wanted, path, value)

    assert same(back(found), wanted)


def test_what_was_taken_out_is_gone() -> None:
    found = saved()
    del found["panels"][1], found["panels"][0]["links"]

    made = back(found)

    assert [panel["title"] for panel in made["panels"]] == ["Errors"]
    assert "links" not in made["panels"][0]


def test_panels_keep_their_source_when_they_are_moved_and_others_come_between() -> None:
    found = saved()
    found["panels"] = [found["panels"][1], {"id": 3, "type": "text", "title": "New"}, found["panels"][0]]

    made = back(found)

    assert [list(panel) for panel in made["panels"]] == [
        list(SOURCE["panels"][1]),
        ["id", "title", "type"],
        list(SOURCE["panels"][0]),
    ]
    assert "targets" in made["panels"][0]


def test_null_stays_where_it_says_something() -> None:
    mapping = {"type": "range", "options": {"from": 1, "to": None}}
    given = {"uid": "u", "x": None, "panels": [{"fieldConfig": {"defaults": {"mappings": [mapping], "min": None}}}]}

    assert stripped(given) == {"uid": "u", "panels": [{"fieldConfig": {"defaults": {"mappings": [mapping]}}}]}


def test_a_new_dashboard_has_its_keys_in_order_and_no_state() -> None:
    found = like(None, stripped(saved()))

    assert list(found) == sorted(found)
    assert {"id", "version", "iteration", "__inputs"} & set(found) == set()
    assert [v["name"] for v in found["templating"]["list"]] == ["datasource", "env"]
    assert all("current" not in v and "options" not in v for v in found["templating"]["list"])


def test_a_dashboard_without_variables_gets_none_from_its_revision() -> None:
    source = {"uid": "u", "title": "U"}
    variable = {"name": "aether_revision", "type": "constant", "query": "0123456789ab"}

    assert like(source, stripped({**source, "templating": {"list": [variable]}})) == source


def test_the_address_of_runbooks_becomes_the_placeholder_again() -> None:
    value = {"links": [{"url": "https://runbooks.example/A1.html?x"}, "https://runbooks.example/"]}

    assert with_placeholder(value, RUNBOOKS) == {
        "links": [{"url": "__RUNBOOK_URL__/A1?x"}, "https://runbooks.example/"]
    }
    assert with_placeholder(value, "") == value


def test_numbers_and_truth_are_told_apart() -> None:
    assert same({"a": [1, 1.0]}, {"a": [1.0, 1]})
    assert not same(True, 1) and not same(0, False) and not same([1], [1, 2]) and not same({"a": 1}, {"b": 1})


def test_a_copy_stands_for_its_original() -> None:
    original = {"uid": "fleet", "title": "Fleet"}

    assert standing_for(original, {"uid": "x", "title": "Fleet Copy"}) == original
    assert standing_for(original, {"uid": "x", "title": "The fleet"})["title"] == "The fleet"


@pytest.mark.parametrize(
    "text", ['{\n    "a": "é"\n}', '{\n\t"a": "\\u00e9"\n}\n', '{\n  "a": [\n    1.5,\n    1e-07\n  ]\n}\n']
)
def test_the_text_is_written_as_the_source_is(text: str) -> None:
    assert text_of(json.loads(text), text) == text


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_dashboard_comes_back_to_the_byte_and_an_edit_of_it_as_one_line(path: Path) -> None:
    text = path.read_text()
    source = json.loads(text)
    found = json.loads(text.replace("__RUNBOOK_URL__/", "https://runbooks.example/"))
    found["templating"]["list"].append({"name": "aether_revision", "type": "constant", "query": "0123456789ab"})
    found = json.loads(json.dumps({**found, "id": 5, "version": 2}, sort_keys=True))
    url = "https://runbooks.example/{alert}"

    assert text_of(like(source, with_placeholder(stripped(found), url)), text) == text

    found["panels"][-1]["title"] = "Edited"
    edited = text_of(like(source, with_placeholder(stripped(found), url)), text)
    lines = list(difflib.unified_diff(text.splitlines(), edited.splitlines(), lineterm="", n=0))[3:]
    assert len(lines) == 2 and '"title": "Edited"' in lines[1]
