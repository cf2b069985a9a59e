# SPDX-License-Identifier: GPL-3.0-or-later
"""The table counts a fault that did not strike apart from one that was survived."""

from __future__ import annotations

from tests.faults.judge import Lost
from tests.faults.table import Result, lines, never_struck


def test_the_table_by_kind_and_in_all():
    results = [
        Result("kill", "kill/1", struck=True),
        Result("kill", "kill/2", struck=True, problems=["x"], lost=Lost(lines=2)),
        Result("kill", "kill/3", struck=False),
        Result("clock", "clock/1", struck=False),
    ]
    rows = [line.split() for line in lines(results)]
    assert rows[1] == ["kill", "3", "1", "2", "1", "2", "journal", "lines"]
    assert rows[2] == ["clock", "1", "1", "0", "0", "-"]
    assert rows[3] == ["all", "4", "2", "2", "1", "2", "journal", "lines"]


def test_one_that_did_not_strike_was_not_survived():
    assert not Result("kill", "kill/3", struck=False).survived


def test_a_kind_that_never_struck_has_shown_nothing():
    missed = [Result("clock", f"clock/{number}", struck=False) for number in range(3)]
    assert never_struck(missed) == ["clock"]
    assert never_struck([*missed, Result("clock", "clock/4", struck=True)]) == []
    assert never_struck(missed[:2]) == []
