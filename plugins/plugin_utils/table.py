# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of a verification as a table for people."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

COLUMNS = ("host", "component", "check", "wanted", "seen")
WIDEST = 60  # characters; an error text must not push the table off the screen


def table(rows: list[dict[str, Any]]) -> str:
    """One line a row, marked `ok` or `BAD`, under a line of titles."""
    lines = [["", *COLUMNS]]
    lines += [["ok" if r["ok"] else "BAD", *(_short(r[column]) for column in COLUMNS)] for r in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def _short(value: Any) -> str:
    text = clean(value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
