# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/troubleshooting.md: what it says that is said is said."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.bad_input import page

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
# These sentences are Go's and sudo's, and pages of this collection have no say in them.
OF_OTHERS = (
    "you must have a tty to run sudo",
    "certificate is valid for",
    "certificate has expired",
    "Client sent an HTTP request to an HTTPS server",
)
SAID = [text for text in re.findall(r"^\| `([^`]+)`.*\|$", PAGE, re.MULTILINE) if not text.startswith(OF_OTHERS)]


@cache
def sources() -> str:
    """All that code says: texts that are written in several pieces are put together."""
    files = [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("roles/**/*.yml")]
    code = "\n".join([*(file.read_text(encoding="utf-8") for file in files), page.text()])
    return re.sub(r"[\"']\s*\n\s*f?[\"']", "", code)


@pytest.mark.parametrize("said", SAID)
def test_a_sentence_is_one_of_the_collection(said: str) -> None:
    pieces = [piece.strip() for piece in said.split("…") if piece.strip()]
    assert pieces
    assert [piece for piece in pieces if piece not in sources()] == []


def test_there_are_sentences() -> None:
    assert len(SAID) > 30
