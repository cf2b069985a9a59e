# SPDX-License-Identifier: GPL-3.0-or-later
"""The ini format as Grafana's reader takes it, but a key that comes twice and a line that is neither are refused."""

from __future__ import annotations

import re

Sections = dict[str, dict[str, str]]
TOP = ""  # the section of keys that come before the first header
_HEADER = re.compile(r"\[([^\]]+)\]")
_QUOTES = ('"""', "`", '"', "'")


class IniError(Exception):
    """Where and what, in one sentence."""


def parse(text: str, where: str) -> Sections:
    """Raises IniError. where: the file, for the sentence."""
    sections: Sections = {TOP: {}}
    section = TOP
    for number, raw in enumerate(text.splitlines(), 1):
        line, place = raw.strip(), f"{where}:{number}"
        if not line or line[0] in "#;":
            continue
        if header := _HEADER.fullmatch(_uncommented(line)):
            section = header[1].strip()
            sections.setdefault(section, {})
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise IniError(f"{place}: neither a section nor a key: {line}")
        if key.strip() in sections[section]:
            raise IniError(f"{place}: the key {key.strip()} of [{section}] comes twice")
        sections[section][key.strip()] = _value(value.strip(), place)
    return sections


def _value(text: str, place: str) -> str:
    for quote in _QUOTES:
        if not text.startswith(quote):
            continue
        end = text.find(quote, len(quote))
        if end < 0:
            raise IniError(f"{place}: the quote {quote} is not closed")
        if _uncommented(text[end + len(quote) :]):
            raise IniError(f"{place}: there is more after the closing {quote}")
        return text[len(quote) : end]
    if text.endswith("\\"):
        raise IniError(f"{place}: the line goes on in the next one")
    return _uncommented(text)


def _uncommented(text: str) -> str:
    """Grafana's reader takes # and ; for a comment wherever they are outside of quotes."""
    return re.split("[#;]", text, maxsplit=1)[0].strip()
