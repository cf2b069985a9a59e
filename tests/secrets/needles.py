# SPDX-License-Identifier: GPL-3.0-or-later
"""What a secret may look like where it has leaked: plain, encoded, escaped, or a piece of it, but no hash of it."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

PIECE = 12
LONG = 24  # from here on, either end by itself tells too much


@dataclass(frozen=True)
class Secret:
    """name: what it is, which may be shown; text: what must not be found."""

    name: str
    text: str


def forms(text: str) -> dict[str, str]:
    """{pattern: what it is}; a pattern has no line break."""
    found: dict[str, str] = {}
    for what, pattern in _forms(text):
        found.setdefault(pattern, what)
    return found


def _forms(text: str) -> Iterable[tuple[str, str]]:
    if "\n" in text or len(text) < PIECE:
        raise ValueError(f"a secret to search for is one line of at least {PIECE} characters")
    yield "plain", text
    yield from _escaped(text)
    pieces = {"": text}
    if len(text) >= LONG:
        pieces |= {"first 12 characters": text[:PIECE], "last 12 characters": text[-PIECE:]}
        yield from ((what, piece) for what, piece in pieces.items() if what)
    for what, piece in pieces.items():
        of = f"base64 of the {what}" if what else "base64"
        for encoded in base64_within(piece.encode()):
            yield of, encoded
            yield of, encoded.replace("+", "-").replace("/", "_")
    yield "hexadecimal", text.encode().hex()


def _escaped(text: str) -> Iterable[tuple[str, str]]:
    for encoded in (quote(text), quote(text, safe=""), quote_plus(text)):
        yield "URL-encoded", encoded
    yield "URL-encoded", quote(text, safe="").replace("%2F", "%2f").replace("%2B", "%2b")
    yield "JSON-escaped", json.dumps(text)[1:-1]
    yield "JSON-escaped", json.dumps(json.dumps(text)[1:-1])[1:-1]
    yield "quoted for YAML", text.replace("'", "''")
    yield "quoted for a shell", shlex.quote(text)
    yield "as Python shows it", repr(text)[1:-1]


def base64_within(data: bytes) -> list[str]:
    """What stays the same of data's base64 whatever stands before and after it, such as a user's name and a colon."""
    found = []
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        start = (0, 2, 3)[before]
        end = len(encoded) - (0, 3, 2)[(before + len(data)) % 3]
        found.append(encoded[start:end])
    return found
