# SPDX-License-Identifier: GPL-3.0-or-later
"""The closing table: what was searched, whether what was planted there was found, and what leaked."""

from __future__ import annotations

from collections.abc import Sequence

from tests.secrets.search import Searched

PLANTED = "the planted secret"
HEADING = ("place searched", "files", "MB", "planted secret", "leaks")


def lines(searched: Sequence[Searched]) -> list[str]:
    rows = [HEADING, *(_row(one) for one in searched), _total(searched)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in rows]


def leaks(searched: Sequence[Searched]) -> list[str]:
    """A line for each secret and file: never the secret."""
    found = (finding for one in searched for finding in one.findings if finding.secret != PLANTED)
    return [f"LEAK: {one.secret}, {one.form}, in {one.place}: {one.file}" for one in found]


def blind(searched: Sequence[Searched]) -> list[str]:
    """Places where the search did not find what was planted there: that it found nothing else shows nothing."""
    return [one.place for one in searched if not _saw(one)]


def _saw(one: Searched) -> bool:
    return any(finding.secret == PLANTED for finding in one.findings)


def _count(one: Searched) -> int:
    return sum(finding.secret != PLANTED for finding in one.findings)


def _row(one: Searched) -> tuple[str, ...]:
    seen = "found" if _saw(one) else "NOT FOUND"
    return (one.place, str(one.files), f"{one.bytes / 1e6:.1f}", seen, str(_count(one)))


def _total(searched: Sequence[Searched]) -> tuple[str, ...]:
    files, size = sum(one.files for one in searched), sum(one.bytes for one in searched)
    seen = f"{sum(map(_saw, searched))} of {len(searched)}"
    return (f"{len(searched)} places", str(files), f"{size / 1e6:.1f}", seen, str(sum(map(_count, searched))))


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    text = (0, 3)
    return [
        cell.ljust(width) if column in text else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
