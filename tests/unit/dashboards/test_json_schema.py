# SPDX-License-Identifier: GPL-3.0-or-later
"""Our validator against the library jsonschema: the same verdict on every dashboard, whole or broken."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana.json_schema import (
    compiled,
    problems,
)
from jsonschema import Draft7Validator

from dashboards import boards

MADE = [board.document() for board in boards()]
MUTATIONS = 240
VALUES = [None, True, False, 0, 1, 2.5, -1, "", "row", "stat", "absolute", [], {}, [1], ["a"], {"a": 1}, "now"]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each (container, key) below the value."""
    for key in list(value) if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0):
        yield value, key
        yield from places(value[key])


def mutated(document: dict[str, Any], seed: int) -> dict[str, Any]:
    """A copy with one of its panels, for speed, and one thing changed, taken out, doubled or added."""
    chance = random.Random(seed)  # noqa: S311
    copied = copy.deepcopy({**document, "panels": [chance.choice(document["panels"])]})
    container, key = chance.choice(list(places(copied)))
    kind = chance.randrange(4)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container[key], dict):
        container[key]["unknown"] = chance.choice(VALUES)
    elif kind == 2 and isinstance(container, list):
        container.append(chance.choice([container[key], *VALUES]))
    else:
        container[key] = chance.choice(VALUES)
    return copied


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)


def test_verdicts_on_the_dashboards_agree(schema: dict[str, Any]) -> None:
    for document in MADE:
        assert problems(document, schema) == []
        assert Draft7Validator(schema).is_valid(document)


def test_verdicts_on_broken_dashboards_agree(schema: dict[str, Any]) -> None:
    ours, theirs = compiled(schema), Draft7Validator(schema)
    refused = 0
    for seed in range(MUTATIONS):
        document = mutated(MADE[seed % len(MADE)], seed)
        found = ours(document)
        assert (found == []) == theirs.is_valid(document), (seed, [problem.text() for problem in found])
        refused += bool(found)
    assert MUTATIONS / 5 < refused < MUTATIONS  # or the mutations would prove little


def test_a_deploy_does_not_notice(schema: dict[str, Any]) -> None:
    """The best of three, in time of the processor: the machine has other work, too."""
    took = []
    for _ in range(3):
        started = time.thread_time()
        check = compiled(schema)
        assert not any(check(document) for document in MADE)
        took.append(time.thread_time() - started)
    assert min(took) < 0.08


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": 1}, "title is 1, but must be text"),
        ({"graphTooltip": 7}, "graphTooltip is 7, but must be 1 or 0 or 2"),
        ({"graphTooltip": True}, "graphTooltip is true, but must be a number"),
        ({"id": "x"}, 'id is "x", but must be a number or null'),
        ({"refesh": "30s"}, 'the document has the key "refesh", which is not known (did you mean "refresh"?)'),
        ({"panels": {}}, "panels is a mapping, but must be a list"),
        ({"panels": [{}]}, "panels[0] has no type"),
        (
            {"panels": [{"type": "stat", "gridPos": {"x": 0, "y": 0, "w": "wide", "h": 4}}]},
            'panels[0].gridPos.w is "wide", but must be a number',
        ),
        (
            {"panels": [{"type": "stat", "options": {"justifyMode": "left"}}]},
            'panels[0].options.justifyMode is "left", but must be "auto" or "center"',
        ),
        (
            {
                "panels": [
                    {"type": "timeseries", "fieldConfig": {"defaults": {"custom": {"lineWidth": "2"}}, "overrides": []}}
                ]
            },
            'panels[0].fieldConfig.defaults.custom.lineWidth is "2", but must be a number',
        ),
    ],
)
def test_a_problem_is_told_with_its_place(change: dict[str, Any], sentence: str, schema: dict[str, Any]) -> None:
    assert problems({"schemaVersion": 42, **change}, schema) == [sentence]


def test_what_is_missing_is_told(schema: dict[str, Any]) -> None:
    assert problems({}, schema) == ["the document has no schemaVersion"]


@pytest.mark.parametrize(
    "schema_",
    [
        {"minimum": 1},
        {"type": "integer"},
        {"properties": {"a": {"pattern": "x"}}},
        {"$ref": "#/definitions/none"},
        {"definitions": {"a": {"oneOf": []}}},
    ],
)
def test_a_schema_that_needs_more_is_refused(schema_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"the schema (has|refers)"):
        problems({}, schema_)


def test_definitions_may_need_each_other() -> None:
    schema = {"$ref": "#/definitions/a", "definitions": {"a": {"type": "array", "items": {"$ref": "#/definitions/a"}}}}
    assert problems([[], [[]]], schema) == []
    assert problems([[], [["x"]]], schema) == ['[1][0][0] is "x", but must be a list']


def test_values_that_may_be_secrets_are_not_shown() -> None:
    schema = {"properties": {"password": {"type": "number"}}}
    assert problems(json.loads('{"password": "hunter2"}'), schema) == [
        "password is a value not shown here, but must be a number"
    ]
