# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML that a host sent does not occupy the controller."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import Untrusted, parse_from_host

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))


def test_an_ordinary_document_is_read() -> None:
    assert parse_from_host("route: {receiver: a, routes: [{matchers: ['a=~\"b\"']}]}\nreceivers: [{name: a}]") == {
        "route": {"receiver": "a", "routes": [{"matchers": ['a=~"b"']}]},
        "receivers": [{"name": "a"}],
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "it has aliases"),
        ("a: &a {b: 1}\nc: {<<: *a}", "it has aliases"),
        ("a: " + "x" * (1 << 20), "it has more than 1048576 characters"),
        ("[" * 200_000, "it is nested more than 100 deep"),
        ("- " * 200_000, "it is nested more than 100 deep"),
    ],
    ids=["bomb", "merge", "large", "deep flow", "deep block"],
)
def test_what_would_take_long_is_not_read(text: str, reason: str) -> None:
    with pytest.raises(Untrusted, match=reason):
        parse_from_host(text)


def test_what_is_no_yaml_is_an_error_of_yaml() -> None:
    with pytest.raises(yaml.YAMLError):
        parse_from_host("a: [")
