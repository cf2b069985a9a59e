# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own dashboards against the types that Grafana publishes. A development check: no deploy uses the schema."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from dashboards import boards


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("document", [board.document() for board in boards()], ids=lambda board: board["uid"])
def test_our_dashboards_follow_grafanas_types(document: dict[str, Any], schema: dict[str, Any]) -> None:
    assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []


def test_a_mistake_in_one_is_found(fleet: dict[str, Any], schema: dict[str, Any]) -> None:
    fleet["panels"][0]["gridPos"]["h"] = "4"
    assert not Draft7Validator(schema).is_valid(fleet)
