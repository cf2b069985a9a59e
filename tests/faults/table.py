# SPDX-License-Identifier: GPL-3.0-or-later
"""The closing table: by kind of fault, how many were tried, struck and survived, and what data was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.judge import Lost

HEADING = ("fault", "tried", "did not strike", "struck", "survived", "data lost")


@dataclass(frozen=True)
class Result:
    """What became of one fault. problems: why it was not survived; lost counts only when it struck."""

    kind: str
    name: str
    struck: bool
    problems: list[str] = field(default_factory=list)
    lost: Lost = field(default_factory=Lost)

    @property
    def survived(self) -> bool:
        return self.struck and not self.problems


def lines(results: Sequence[Result]) -> list[str]:
    kinds = list(dict.fromkeys(result.kind for result in results))
    rows = [HEADING, *(_row(kind, [r for r in results if r.kind == kind]) for kind in kinds), _row("all", results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in rows]


def never_struck(results: Sequence[Result], least: int = 3) -> list[str]:
    """Kinds of which that many were tried and none struck: nothing was shown of them."""
    kinds = list(dict.fromkeys(result.kind for result in results))
    of_kind = {kind: [result for result in results if result.kind == kind] for kind in kinds}
    return [kind for kind, tried in of_kind.items() if len(tried) >= least and not any(r.struck for r in tried)]


def _row(kind: str, results: Sequence[Result]) -> tuple[str, ...]:
    struck = [result for result in results if result.struck]
    lost = sum((result.lost for result in struck), Lost())
    survived = sum(result.survived for result in struck)
    counts = (len(results), len(results) - len(struck), len(struck), survived)
    return (kind, *map(str, counts), str(lost) if struck else "-")


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    text = (0, len(HEADING) - 1)
    return [
        cell.ljust(width) if column in text else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
