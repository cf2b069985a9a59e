# SPDX-License-Identifier: GPL-3.0-or-later
"""flags: a command line that systemd takes apart into exactly the words meant."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text as flags

AWKWARD = [
    "plain",
    "two words",
    "  around  ",
    'a "double" quote',
    "a 'single' quote",
    "back\\slash",
    "at the end\\",
    "$HOME ${ARGS} $$ `date`",
    "%n",
    "#hash ;semi",
    "",
    "a=b",
    "mix \"'\\ $`",
    '\\\\ "',
    "*?[x]{a,b}!~",
    "é漢\u00a0x",
]


def systemd_words(text: str) -> list[str]:
    """A double for systemd: its rules for a double-quoted value of EnvironmentFile= and for an unquoted $ARGS."""
    assert text.startswith('ARGS="') and text.endswith('"\n') and text.count("\n") == 1
    return split_words(unescape_value(text[len('ARGS="') : -len('"\n')]))


def unescape_value(quoted: str) -> str:
    value, rest = "", iter(quoted)
    for char in rest:
        assert char != '"', "the value would end here"
        if char != "\\":
            value += char
            continue
        after = next(rest)
        value += after if after in '"\\`$' else "\\" + after
    return value


def split_words(value: str) -> list[str]:
    words: list[str] = []
    word: str | None = None  # "" is a word too, once it was quoted
    quote = ""
    rest = iter(value)
    for char in rest:
        if char == "\\":
            word = (word or "") + next(rest)
        elif quote:
            quote = "" if char == quote else quote
            word = (word or "") + ("" if not quote else char)
        elif char in "\"'":
            quote, word = char, word or ""
        elif char not in " \t\n\r":
            word = (word or "") + char
        elif word is not None:
            words.append(word)
            word = None
    assert not quote
    return words if word is None else [*words, word]


def error(*args: Any, **keys: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        flags(*args, **keys)
    return str(raised.value)


def test_one_readable_line() -> None:
    made = flags({"web.listen-address": "0.0.0.0:9090", "web.enable-lifecycle": True, "n": 5})
    assert made == 'ARGS="--web.listen-address=0.0.0.0:9090 --web.enable-lifecycle --n=5"\n'


def test_false_and_null_leave_a_flag_out_and_a_list_repeats_it() -> None:
    assert systemd_words(flags({"a": False, "b": None, "c": ["x", "y z"], "d": []})) == ["--c=x", "--c=y z"]


def test_no_flags_at_all() -> None:
    assert flags({}) == 'ARGS=""\n'


@pytest.mark.parametrize("value", AWKWARD)
def test_systemd_gets_the_word_that_was_meant(value: Any) -> None:
    assert systemd_words(flags({"a": "x", "b": value, "c": "y"})) == ["--a=x", f"--b={value}", "--c=y"]


def test_the_users_flags_come_after_the_roles() -> None:
    assert systemd_words(flags({"a": 1}, {"b": 2})) == ["--a=1", "--b=2"]


def test_the_user_may_not_set_what_the_role_sets() -> None:
    assert error({"web.x": False}, {"web.x": True}, variable="prometheus_flags") == (
        'prometheus_flags["web.x"] is a flag that the role sets itself: '
        "take it out and use the role's own variable for it."
    )
    assert "is a flag that the role sets itself" in error({"a": 1}, {"b": 2}, reserved=["b"])
    assert "is a flag that the role sets itself" in error({"b": 1}, reserved=["b"])


@pytest.mark.parametrize("name", ["--web.x", "Web", "a b", "a=b", "", "-a", 'a"'])
def test_names_of_flags(name: str) -> None:
    assert f'prometheus_flags has the flag "{name}"' in error({}, {name: True}, variable="prometheus_flags")


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x00b", "a\tb", "a\u2028b"])
def test_line_breaks_and_control_characters_are_refused(value: Any) -> None:
    assert error({"a": value}) == "flags.a has a line break or another control character in it: take it out."


@pytest.mark.parametrize("value", ["http://user:hunter22@proxy/", ["a", "HTTPS://hunter22@proxy"]])
def test_a_url_with_credentials_is_refused_and_not_shown(value: Any) -> None:
    assert error({"a": 1}, {"b": value}, variable="prometheus_flags") == (
        "prometheus_flags.b is a URL with credentials in it, and everybody on the host can read a command line: "
        "take them out."
    )


@pytest.mark.parametrize("value", [{"a": 1}, [True], [None], [["x"]]])
def test_values_that_are_none(value: Any) -> None:
    assert "flags.a is " in error({"a": value}) or "which is not a flag's value" in error({"a": value})


def test_flags_are_a_mapping() -> None:
    assert error({"a": 1}, ["--b"], variable="prometheus_flags").startswith(
        "prometheus_flags is a list, but must be a mapping"
    )
