# SPDX-License-Identifier: GPL-3.0-or-later
"""Two states of the same data as phrases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.compare import (
    both_ways,
    by_name,
    named,
    values,
)


@pytest.mark.parametrize(
    ("old", "new", "phrases"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": "15s"}, {"a": "30s"}, ["a 15s -> 30s"]),
        ({"a": {"b": True}}, {"a": {"b": False}}, ["a.b true -> false"]),
        ({"a": 1}, {"a": True}, ["a 1 -> true"]),
        ({}, {"a": 1}, ["a added (1)"]),
        ({"a": 1}, {}, ["a removed"]),
        ({}, {"a": {"b": 1}}, ["a added"]),
        ({"a": ["x", "y"]}, {"a": ["x"]}, ["a [x, y] -> [x]"]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, ["a[1].b 2 -> 3"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}, ["a has 2, had 1"]),
        ({"a": ""}, {"a": None}, ["a nothing -> nothing"]),
        ("one", "two", ["one -> two"]),
    ],
)
def test_each_value_that_differs_is_a_phrase_by_its_path(old: Any, new: Any, phrases: list[str]) -> None:
    assert values(old, new) == phrases


def test_of_a_long_text_only_the_place_that_differs_is_shown() -> None:
    expr = "histogram_quantile(0.9, sum by (le) (rate(request_duration_seconds_bucket[5m]))) > {}"

    assert values({"expr": expr.format(0.5)}, {"expr": expr.format(0.75)}) == ["0.5 -> 0.75 in expr"]


@pytest.mark.parametrize("new", ["entirely another text " * 5, "a" * 9000, "x" + "long text of many words " * 5 + "y"])
def test_a_long_text_that_differs_in_more_than_a_place_is_only_changed(new: str) -> None:
    assert values({"a": "long text of many words " * 5}, {"a": new}) == ["a changed"]


@pytest.mark.parametrize(
    "key",
    ["password", "api_token", "client_secret", "routing_key", "credentials", "api_key", "dsn", "tls.key"],
)
def test_the_value_of_a_key_that_sounds_secret_is_not_shown(key: str) -> None:
    assert values({key: "old-value"}, {key: "new-value"}) == [f"{key} changed"]
    assert values({}, {"x": {"y": 1}, key: "new-value"})[-1] == f"{key} added"


def test_a_value_that_looks_secret_is_not_shown_wherever_it_stands() -> None:
    hook = "https://hooks.slack.com/services/T000/B000/XXXX"

    assert values({"a": [{"url": "x"}]}, {"a": [{"url": hook}]}) == ["a[0].url changed"]
    assert values({}, {hook: 1}) == ["* added (1)"]
    assert values({"h": {"name": "X-Api-Key", "value": "a"}}, {"h": {"name": "X-Api-Key", "value": "b"}}) == [
        "h.value changed"
    ]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"tokens": {"crm": "{}"}}, "tokens.crm"),
        ({"x-api-key": ["{}", "b"]}, "x-api-key"),
        ({"headers": {"Authorization": {"values": ["{}"]}}}, "headers.Authorization.values"),
        ({"passwords": [{"a": "{}"}]}, "passwords[0].a"),
    ],
)
def test_what_is_below_a_key_that_sounds_secret_is_not_shown(value: dict[str, Any], place: str) -> None:
    def with_(word: str) -> Any:
        return json.loads(json.dumps(value).replace("{}", word))

    assert values(with_("old-value"), with_("new-value")) == [f"{place} changed"]


def test_a_thing_named_by_a_url_is_told_without_its_key() -> None:
    url = "https://store.example/push?api_key=hunter2hunter2"

    assert named("remote write", {}, {url: {}}) == ["remote write https://store.example/push added"]
    assert named("remote write", {url: {"a": 1}}, {url: {"a": 2}}) == [
        "remote write https://store.example/push: a 1 -> 2"
    ]
    assert named("vertical", {}, {"crm": url}, details=str) == ["vertical crm added (https://store.example/push)"]
    assert both_ways("remote write", {url: 1, "b": 1}, {}) == ["2 remote writes removed: https://store.example/push, b"]
    assert named("remote write", {}, {"https://hooks.slack.com/services/T0": {}}) == ["remote write * added"]


def test_the_path_of_a_secret_file_is_no_secret() -> None:
    assert values({"password_file": "/a"}, {"password_file": "/b"}) == ["password_file /a -> /b"]


def test_one_that_came_is_told_with_details_and_many_are_counted() -> None:
    assert named("job", {}, {"a": {"n": 1}}, details=lambda job: f"{job['n']} target") == ["job a added (1 target)"]
    assert both_ways("job", dict.fromkeys("ab"), {}) == ["2 jobs removed: a, b"]
    assert both_ways("job", {}, dict.fromkeys("abcdefgh")) == ["8 jobs added: a, b, c, d, e and 3 more"]


def test_of_long_names_fewer_are_shown_but_one_at_least() -> None:
    assert both_ways("test", {}, dict.fromkeys(["a" * 50, "b" * 50, "c"])) == [f"3 tests added: {'a' * 50} and 2 more"]
    assert both_ways("test", {}, dict.fromkeys(["a" * 99, "b"])) == [f"2 tests added: {'a' * 99} and 1 more"]


def test_many_differences_of_one_thing_are_cut() -> None:
    old, new = ({"a": {str(n): n + more for n in range(9)}} for more in (0, 1))

    assert named("job", old, new) == ["job a: 0 0 -> 1, 1 1 -> 2, 2 2 -> 3, 3 3 -> 4, 4 4 -> 5 and 4 more"]


def test_a_name_that_comes_twice_is_two_things() -> None:
    assert list(by_name([{"name": "a"}, {"name": "a"}, {"name": "a"}, {}])) == [
        "a",
        "a (2)",
        "a (3)",
        "without a name",
    ]
