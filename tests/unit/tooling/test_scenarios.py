# SPDX-License-Identifier: GPL-3.0-or-later
"""Molecule takes a scenario without tests for a good one; here it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

MOLECULE = Path(__file__).resolve().parents[3] / "molecule"
SCENARIOS = sorted(path.parent for path in MOLECULE.glob("*/molecule.yml"))


def test_each_component_has_a_scenario_and_so_has_the_whole_stack() -> None:
    assert {"alertmanager", "command_center", "default", "prometheus"} <= {path.name for path in SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_a_scenario_has_tests_that_assert(scenario: Path) -> None:
    tests = list(scenario.glob("tests/test_*.py"))
    assert tests
    for test in tests:
        assert "assert " in test.read_text(), test
