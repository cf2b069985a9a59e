# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's matchers, parsed. Whether a regular expression is one is Alertmanager's to say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError
from .sentences import shown

_MATCHER = re.compile(
    r'\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",{}=~!][^",{}]*))\s*'
)


@dataclass(frozen=True)
class Matcher:
    label: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{self.value}"'


def matchers(value: Any, path: str) -> list[Matcher]:
    """A list like ['env="prod"', 'severity=~"critical|warning"']. Raises ConfigError."""
    if not isinstance(value, list):
        raise ConfigError(f"{path} is {shown(value, path)}, but must be a list: start each matcher with a dash.")
    return [found for index, one in enumerate(value) for found in _parsed(one, f"{path}[{index}]")]


def _parsed(value: Any, path: str) -> Iterator[Matcher]:
    if not isinstance(value, str):
        raise ConfigError(f'{path} is {shown(value, path)}, but must be text: write it like env="prod".')
    rest = value.strip()
    if rest.startswith("{") and rest.endswith("}"):
        rest = rest[1:-1]
    while rest:
        found = _MATCHER.match(rest)
        if not found or (rest[found.end() :] and rest[found.end()] != ","):
            raise ConfigError(
                f'{path} is {shown(value, "")}, which is not a matcher: write it like env="prod", with =, !=, =~ or !~ '
                "and the value in quotes."
            )
        wanted = _unescaped(found[3]) if found[3] is not None else found[4].strip()
        yield Matcher(found[1], found[2], wanted)
        rest = rest[found.end() + 1 :]


def _unescaped(value: str) -> str:
    """As Alertmanager reads it: a backslash before anything else stays, for the regular expression."""
    return re.sub(r'\\(["\\n])', lambda found: "\n" if found[1] == "n" else found[1], value)
