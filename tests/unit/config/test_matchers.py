# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's matchers: parsed, contradicting each other, and inhibition in a circle."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.matchers import (
    Inhibition,
    contradiction,
    cycle,
    implies,
    matchers,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import ConfigError


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ('env="prod"', ['env="prod"']),
        ("env = prod", ['env="prod"']),
        ('severity=~"critical|warning"', ['severity=~"critical|warning"']),
        ('a!="b", c!~"d.*"', ['a!="b"', 'c!~"d.*"']),
        ('{a="b",c="d"}', ['a="b"', 'c="d"']),
        ('a="x, y"', ['a="x, y"']),
        ('a=""', ['a=""']),
    ],
)
def test_matchers_are_parsed(text: str, parsed: list[str]) -> None:
    assert [str(matcher) for matcher in matchers([text], "m")] == parsed


@pytest.mark.parametrize(
    ("text", "value"),
    [(r'job=~".*\(old"', r".*\(old"), (r'a="\d\\d"', r"\d\d"), (r'a="\"x\""', '"x"'), (r'a="x\ny"', "x\ny")],
)
def test_backslashes_are_read_as_alertmanager_does(text: str, value: str) -> None:
    assert [matcher.value for matcher in matchers([text], "m")] == [value]


@pytest.mark.parametrize("text", ["env is prod", "=x", 'a="b', "1a=b", 'a="b" c="d"'])
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^m\[0\] is .*, which is not a matcher: write it like env="):
        matchers([text], "m")


@pytest.mark.parametrize(
    ("texts", "contradicts"),
    [
        (['env="prod"', 'env="dev"'], True),
        (['env="prod"', 'env!="prod"'], True),
        (['env="prod"', 'env=~"dev|staging"'], True),
        (['env=~"prod|dev"', 'env="dev"'], False),
        (['env=~"a|b"', 'env=~"b|c"', 'env!="b"'], True),
        (['env=~"p.*"', 'env="prod"'], False),
        (['env=~"p.*"', 'env="dev"'], True),
        (['env=~"p.*"', 'env=~"d.*"'], False),  # cannot be told
        (['env="prod"', 'service="crm"'], False),
        ([r'env=~"x\\z"', 'env="x"'], False),  # Python cannot read it; amtool can tell
    ],
)
def test_what_no_alert_can_fulfil(texts: list[str], contradicts: bool) -> None:
    assert (contradiction(matchers(texts, "m")) is not None) == contradicts


@pytest.mark.parametrize(
    ("conjunction", "text", "implied"),
    [
        (['severity="critical"'], 'severity=~"critical|warning"', True),
        (['severity=~"critical|info"'], 'severity=~"critical|warning"', False),
        (['severity=~"c.*"'], 'severity=~"c.*"', True),
        (['severity=~"c.*"'], 'severity="critical"', False),
        ([], 'severity="critical"', False),
    ],
)
def test_what_follows_from_what(conjunction: list[str], text: str, implied: bool) -> None:
    assert implies(matchers(conjunction, "m"), matchers([text], "m")[0]) == implied


def rule(path: str, source: str, target: str, *equal: str) -> Inhibition:
    return Inhibition(path, tuple(matchers([source], "m")), tuple(matchers([target], "m")), frozenset(equal))


def ring(*rules: Inhibition) -> list[str] | None:
    found = cycle(rules)
    return [one.path for one in found] if found else None


def test_two_rules_in_a_circle() -> None:
    assert ring(rule("a", 'n="A"', 'n="B"'), rule("b", 'n="B"', 'n="A"')) == ["a", "b"]


def test_three_rules_in_a_circle() -> None:
    assert ring(rule("a", 'n="A"', 'n="B"'), rule("b", 'n="B"', 'n="C"'), rule("c", 'n="C"', 'n="A"'))


def test_steps_down_are_no_circle() -> None:
    assert ring(rule("a", 's="critical"', 's=~"warning|info"', "n"), rule("b", 's="warning"', 's="info"', "n")) is None


def test_labels_that_must_be_equal_break_a_circle() -> None:
    down = rule("a", 'n="Down"', 'n=~"Slow|Stale"', "env")
    assert ring(down, rule("b", 's="critical"', 's="warning"', "env", "n")) is None
    assert ring(down, rule("b", 's="critical"', 's="warning"', "env")) == ["a", "b"]


def test_a_rule_alone_is_no_circle() -> None:
    assert ring(rule("a", 's=~"critical|warning"', 's=~"warning|info"')) is None
