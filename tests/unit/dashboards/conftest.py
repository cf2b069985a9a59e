# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from dashboards import boards

ROOT = Path(__file__).resolve().parents[3]
MADE = [board.document() for board in boards()]


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    return json.loads((ROOT / "dashboards/dashboard.schema.json").read_text())


@pytest.fixture
def documents() -> list[dict[str, Any]]:
    """The four dashboards, to be broken."""
    return copy.deepcopy(MADE)


@pytest.fixture
def fleet(documents: list[dict[str, Any]]) -> dict[str, Any]:
    return documents[0]
