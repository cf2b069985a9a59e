# SPDX-License-Identifier: GPL-3.0-or-later
"""How a rollback is written down."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.action.component_rollback import known_issue, what

RESULT = {"left": "0003-cccccccc", "of": "0001-aaaaaaaa", "release": "0001-aaaaaaaa"}


def test_what_went_back_in_words() -> None:
    assert what("", RESULT) == "0003-cccccccc back to 0001-aaaaaaaa"
    assert what("rules", RESULT) == "0003-cccccccc back to rules of 0001-aaaaaaaa"
    assert what("", {**RESULT, "left": ""}) == "nothing active back to 0001-aaaaaaaa"


def test_the_row_of_the_table_stays_one_row_whatever_the_reason() -> None:
    row = known_issue("prometheus on mon1", "0003 back to 0001", "paging |\n everybody", "bob@control")
    assert re.fullmatch(
        r"\| \d{4}-\d\d-\d\d \| prometheus on mon1 \| 0003 back to 0001 \| paging \\\| everybody \| bob@control \|"
        r" open \|",
        row,
    )


def test_what_a_host_says_cannot_command_the_terminal() -> None:
    assert "| back [2J to |" in known_issue("prometheus on mon1", "back\x1b[2J\x85to", "paging", "bob@control")


def test_the_row_fits_the_table_of_the_page() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/known-issues.md").read_text()
    header = next(line for line in page.splitlines() if line.startswith("| date"))
    assert header.count("|") == known_issue("a", "b", "c", "d").count("|")
