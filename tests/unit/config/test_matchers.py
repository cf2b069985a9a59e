# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager's matchers are parsed as it parses them."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.matchers import matchers


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
