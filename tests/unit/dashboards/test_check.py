# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards that a deploy refuses, with the sentence that says where and how to fix it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana.dashboard_files import (
    check,
    folder,
)

PATH = "dashboards/Mine/mine.json"


def dashboard(**changes: Any) -> dict[str, Any]:
    return {"uid": "mine", "title": "Mine", "schemaVersion": 42, **changes}


def refused(*documents: Any, paths: tuple[str, ...] = (PATH, "dashboards/Mine/second.json")) -> str:
    texts = [document if isinstance(document, str) else json.dumps(document) for document in documents]
    with pytest.raises(ConfigError) as caught:
        check(dict(zip(paths, texts)), ["prometheus", "loki"])
    sentence = str(caught.value)
    assert sentence.count("\n") == 0 and sentence.endswith(".")
    return sentence


def test_one_that_is_right_is_taken() -> None:
    panels = [
        {"type": "text", "id": 1, "datasource": {"uid": "prometheus"}},
        {"type": "text", "id": 2, "datasource": {"type": "prometheus"}},
        {"type": "text", "id": 3, "datasource": {"uid": "-- Mixed --"}, "targets": [{"datasource": {"uid": "$ds"}}]},
    ]
    variable = {"name": "ds", "type": "datasource", "query": "prometheus"}
    first = dashboard(id=None, panels=panels, templating={"list": [variable]})
    second = dashboard(uid="other")
    check({PATH: json.dumps(first), "dashboards/Other/mine.json": json.dumps(second)}, ["prometheus"])


def test_invalid_json() -> None:
    assert refused('{"uid": "mine",\n"title" "Mine"}') == (
        f"{PATH} is no valid JSON (Expecting ':' delimiter): mend it at line 2, column 9."
    )
    assert refused("[]").startswith(f"{PATH} is a list, but must be a mapping")


@pytest.mark.parametrize("change", [{"apiVersion": "dashboard.grafana.app/v2"}, {"spec": {}}])
def test_the_new_format(change: dict[str, Any]) -> None:
    assert "export it as Classic JSON" in refused(dashboard(**change))


@pytest.mark.parametrize("key", ["uid", "title"])
@pytest.mark.parametrize("value", ["", " ", None])
def test_without_a_name(key: str, value: str | None) -> None:
    document = dashboard(**{key: value})
    if value is None:
        del document[key]
    assert refused(document) == f"{PATH} has no {key}: add one that no other dashboard has."


@pytest.mark.parametrize("uid", ["a" * 41, "with space", "ä", "a/b"])
def test_a_uid_that_grafana_does_not_take(uid: str) -> None:
    assert "use up to 40 letters, digits, _ and -." in refused(dashboard(uid=uid))


def test_two_with_one_uid() -> None:
    sentence = refused(dashboard(), dashboard(title="Other"), paths=(PATH, "dashboards/Other/other.json"))
    assert sentence == f'dashboards/Other/other.json has the uid "mine", as {PATH} has: give each a uid of its own.'


def test_two_with_one_title_in_a_folder() -> None:
    assert 'has the title "Mine", as' in refused(dashboard(), dashboard(uid="other"))
    deeper = ("dashboards/A/Mine/mine.json", "dashboards/B/Mine/mine.json")  # for Grafana these are one folder
    assert 'has the title "Mine", as' in refused(dashboard(), dashboard(uid="other"), paths=deeper)


def test_the_folder_of_a_file() -> None:
    assert [folder(p) for p in ("dashboards/a.json", "dashboards/A/a.json", "A/B/a.json")] == ["", "A", "B"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"panels": [{"type": "stat", "datasource": {"uid": "promethoys"}}]}, "panels[0].datasource.uid"),
        (
            {"panels": [{"type": "stat", "targets": [{"datasource": {"uid": "promethoys"}}]}]},
            "panels[0].targets[0].datasource.uid",
        ),
        ({"panels": [{"type": "stat", "targets": [{"datasource": "promethoys"}]}]}, "panels[0].targets[0].datasource"),
        (
            {"templating": {"list": [{"name": "a", "type": "query", "datasource": {"uid": "promethoys"}}]}},
            "templating.list[0].datasource.uid",
        ),
    ],
)
def test_an_unknown_data_source(change: dict[str, Any], place: str) -> None:
    assert refused(dashboard(**change)) == (
        f'{PATH}: {place} is "promethoys", which is no data source (did you mean "prometheus"?): use the uid of one '
        '("prometheus", "loki"), or ${datasource} with a variable of that name.'
    )


def test_a_data_source_by_a_variable_that_is_not_there() -> None:
    change = {"panels": [{"type": "stat", "datasource": {"uid": "${DS_PROMETHEUS}"}}]}
    assert "the dashboard has no variable DS_PROMETHEUS" in refused(dashboard(**change))


@pytest.mark.parametrize(
    "target",
    [
        {"password": "hunter2-hunter2"},
        {"headers": {"apiKey": "0123456789abcdef"}},
        {"url": "https://user:hunter2@example.org/x"},
        {"header": "Bearer abcdef0123456789"},
        {"text": "xoxb-012345678901-abcdefgh"},
    ],
)
def test_a_secret(target: dict[str, Any]) -> None:
    sentence = refused(dashboard(panels=[{"type": "stat", "targets": [target]}]))
    assert "panels[0].targets[0]" in sentence and "take it out" in sentence
    assert not any(text in sentence for text in ("hunter2", "abcdef", "0123"))


@pytest.mark.parametrize(
    "change",
    [
        {"panels": [{"type": "stat", "datasource": None}]},
        {"panels": [{"type": "stat", "datasource": "Prometheus"}]},
        {"panels": [{"type": "stat", "datasource": {"type": "__expr__", "uid": "__expr__"}}]},
        {"panels": [{"type": "stat", "gridPos": {"h": "4"}}, {"type": "stat", "id": 1}, {"type": "graph", "id": 1}]},
        {"panels": None, "rows": [{"panels": [{"type": "graph", "datasource": "default"}]}], "schemaVersion": 14},
        {"refresh": False, "gnetId": None, "id": 7, "templating": None, "unknown": 1},
        {"panels": [{"type": "barchart", "options": {"legend": {}, "footer": {}}, "fieldConfig": {"defaults": {}}}]},
    ],
)
def test_what_grafana_takes_is_taken(change: dict[str, Any]) -> None:
    check({PATH: json.dumps(dashboard(**change))}, ["prometheus"], ["Prometheus"])


def test_an_input_of_the_import_page() -> None:
    change = {"panels": [{"datasource": {"uid": "${DS_PROM}"}}], "__inputs": [{"name": "DS_PROM"}]}
    assert refused(dashboard(**change)) == (
        f'{PATH}: panels[0].datasource.uid is "${{DS_PROM}}", an input (__inputs), which only Grafana\'s import page '
        'fills in: write the uid of a data source there ("prometheus", "loki").'
    )


def test_a_title_that_is_no_text() -> None:
    assert refused(dashboard(title=7)) == f"{PATH}: title is 7, but must be text: put it in quotes."
