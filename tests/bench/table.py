# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that the benchmark prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured value against its limit, which may be reached but not passed."""

    what: str
    measured: float
    limit: float
    unit: str
    how: str
    """What the value was made from: repetitions, medians and ranges."""

    @property
    def over(self) -> bool:
        return not self.measured <= self.limit  # nan is over


def lines(rows: list[Row]) -> list[str]:
    """The rows aligned under a heading."""
    cells = [("measure", "measured", "limit", "", "result", "how")]
    for row in rows:
        result = "OVER" if row.over else "ok"
        cells.append((row.what, f"{row.measured:.4g}", f"{row.limit:.4g}", row.unit, result, row.how))
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return ["  ".join(_aligned(line, widths)).rstrip() for line in cells]


def _aligned(line: tuple[str, ...], widths: list[int]) -> list[str]:
    numbers = (1, 2)
    return [
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
