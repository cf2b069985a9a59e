# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's matchers: parsed, and what can be said of a set of them without an alert at hand.

Only what is certain is said: a label of which a matcher fixes the possible values can contradict another matcher; a
pattern that could match anything contradicts nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import (
    ConfigError,
    regular_expression,
    shown,
    text,
)

_MATCHER = re.compile(
    r'\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",{}=~!][^",{}]*))\s*'
)
_LITERALS = re.compile(r"[\w :/@%#,;<>=!&'~`-]*(\|[\w :/@%#,;<>=!&'~`-]*)*")
_LONGEST_CYCLE = 4


@dataclass(frozen=True)
class Matcher:
    label: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{self.value}"'

    def accepts(self, value: str) -> bool:
        if self.operator in ("=", "!="):
            return (value == self.value) == (self.operator == "=")
        try:
            found = re.fullmatch(self.value, value) is not None
        except re.error:  # Go's syntax and not Python's: amtool knows
            return True
        return found == (self.operator == "=~")

    def values(self) -> list[str] | None:
        """All values that it accepts, None when they cannot be listed."""
        if self.operator == "=":
            return [self.value]
        if self.operator == "=~" and _LITERALS.fullmatch(self.value):
            return self.value.split("|")
        return None


def matchers(value: Any, path: str, compiled: bool = True) -> list[Matcher]:
    """A list like ['env="prod"', 'severity=~"critical|warning"']. Raises ConfigError.

    compiled: whether regular expressions are checked, which takes as long as who wrote them wants.
    """
    if not isinstance(value, list):
        raise ConfigError(f"{path} is {shown(value, path)}, but must be a list: start each matcher with a dash.")
    return [found for index, one in enumerate(value) for found in _parsed(one, f"{path}[{index}]", compiled)]


def _parsed(value: Any, path: str, compiled: bool) -> Iterator[Matcher]:
    rest = text(value, path).strip()
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
        if compiled and found[2] in ("=~", "!~"):
            regular_expression(wanted, path)
        yield Matcher(found[1], found[2], wanted)
        rest = rest[found.end() + 1 :]


def _unescaped(value: str) -> str:
    """As Alertmanager reads it: a backslash before anything else stays, for the regular expression."""
    return re.sub(r'\\(["\\n])', lambda found: "\n" if found[1] == "n" else found[1], value)


def contradiction(conjunction: Iterable[Matcher]) -> tuple[Matcher, Matcher] | None:
    """Two matchers of one label that no alert fulfils together, or None."""
    by_label: dict[str, list[Matcher]] = {}
    for matcher in conjunction:
        by_label.setdefault(matcher.label, []).append(matcher)
    for same in by_label.values():
        for one in same:
            values = one.values()
            if values is None:
                continue
            left = [value for value in values if all(other.accepts(value) for other in same)]
            if not left:
                against = next((o for o in same if not any(o.accepts(value) for value in values)), same[-1])
                return one, against
    return None


def implies(conjunction: Sequence[Matcher], matcher: Matcher) -> bool:
    """Whether every alert that fulfils the conjunction fulfils the matcher, as far as can be told."""
    if matcher in conjunction:
        return True
    listed = [m.values() for m in conjunction if m.label == matcher.label]
    return any(values is not None and all(matcher.accepts(value) for value in values) for values in listed)


@dataclass(frozen=True)
class Inhibition:
    """Alerts of `source` silence those of `target` that have the same `equal` labels."""

    path: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: frozenset[str]


def cycle(rules: Sequence[Inhibition]) -> list[Inhibition] | None:
    """Rules by which alerts could silence each other in a ring, so that nobody is told of any; or None.

    A rule alone is none: Alertmanager lets no alert that is on both sides of a rule be silenced by such another one.
    """
    for length in range(2, min(len(rules), _LONGEST_CYCLE) + 1):
        for ring in itertools.permutations(rules, length):
            if ring[0].path == min(rule.path for rule in ring) and _closes(ring):
                return list(ring)
    return None


def _closes(ring: Sequence[Inhibition]) -> bool:
    """Alert k is silenced by rule k and silences by rule k+1; equal labels tie the alerts of a rule together."""
    alerts = [[*rule.target, *ring[(k + 1) % len(ring)].source] for k, rule in enumerate(ring)]
    if any(contradiction(alert) for alert in alerts):
        return False
    for label in {matcher.label for alert in alerts for matcher in alert}:
        same = list(range(len(ring)))  # alerts with the same number have the same value
        for k, rule in enumerate(ring):
            if label in rule.equal:
                old, new = same[k], same[k - 1]
                same = [new if number == old else number for number in same]
        for number in set(same):
            tied = [m for k, alert in enumerate(alerts) if same[k] == number for m in alert if m.label == label]
            if contradiction(tied):
                return False
    return True
