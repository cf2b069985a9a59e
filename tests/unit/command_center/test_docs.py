# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from command_center.outcome import Reason
from demo_verticals.faults import FAULTS

DOCS = Path(__file__).parents[3] / "docs"


def first_column(page: str, heading: str) -> set[str]:
    """The code in the first column of the table that starts with that heading."""
    table = page.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_every_reason_is_explained() -> None:
    page = (DOCS / "command-center.md").read_text()
    assert first_column(page, "reason") == {reason.value for reason in Reason}


def test_every_fault_is_explained() -> None:
    page = (DOCS / "demo-verticals.md").read_text()
    assert first_column(page, "fault") == set(FAULTS)
