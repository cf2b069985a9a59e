# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of hosts and services for a person's terminal, without the characters that a terminal takes for commands."""

from __future__ import annotations

import re
from typing import Any

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
"""C0 and C1 controls, line and paragraph separators, and what changes the direction of writing."""
_LAYOUT = re.compile(r"([\t\n]+)")


def clean(text: Any) -> str:
    """On one line, with single blanks."""
    return " ".join(printable(text).split())


def printable(line: Any) -> str:
    """One line with its indentation."""
    return CONTROL.sub(" ", str(line))


def lines(text: str) -> str:
    """Several lines with their tabs."""
    return "".join(part if _LAYOUT.fullmatch(part) else printable(part) for part in _LAYOUT.split(text))
