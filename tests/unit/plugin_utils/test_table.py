# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that a verification prints."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.table import table


def row(**changes: Any) -> dict[str, Any]:
    good = {"host": "mon1", "component": "prometheus", "check": "version", "wanted": "3.5.3", "seen": "3.5.3"}
    return {**good, "ok": True, **changes}


def test_columns_are_aligned_and_a_bad_row_stands_out() -> None:
    rows = [row(), row(component="alertmanager", check="cluster", wanted="ready", seen="settling", ok=False)]

    assert table(rows).splitlines() == [
        "     host  component     check    wanted  seen",
        "ok   mon1  prometheus    version  3.5.3   3.5.3",
        "BAD  mon1  alertmanager  cluster  ready   settling",
    ]


def test_a_long_text_is_cut_and_stays_on_its_line() -> None:
    lines = table([row(seen="first line\nsecond line " + "x" * 200)]).splitlines()

    assert len(lines) == 2
    assert lines[1].endswith("xxx...") and "first line second line" in lines[1]
    assert len(lines[1]) < 120


def test_what_a_service_says_cannot_command_the_terminal() -> None:
    (_titles, line) = table([row(seen="\x1b[2J3.5.3\x9b8m\u202e", ok=False)]).splitlines()
    assert line.endswith("3.5.3   [2J3.5.3 8m")


def test_nothing_to_show_is_a_line_of_titles() -> None:
    assert table([]).split() == ["host", "component", "check", "wanted", "seen"]
