# SPDX-License-Identifier: GPL-3.0-or-later
"""What was typed after -e, before Ansible took it apart."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.extra_vars import whole


@pytest.mark.parametrize(
    ("extra_vars", "seen", "reason"),
    [
        (["component=prometheus", "reason=two words | more"], "two", "two words | more"),
        (["component=prometheus reason='two words'"], "two words", "two words"),
        (['{"reason": "with hold=false in it"}'], "with hold=false in it", "with hold=false in it"),
        (["@file.yml", "reason=one"], "one", "one"),
        ([], "of the inventory", "of the inventory"),
    ],
)
def test_the_whole_reason(extra_vars: list[str], seen: str, reason: str) -> None:
    assert whole("reason", extra_vars, seen) == reason


@pytest.mark.parametrize(
    ("extra_vars", "sentence"),
    [
        (
            ["reason=alerts with hold=false in them"],
            "Ansible takes words with = in the reason for variables",
        ),
        (
            ["component=prometheus, alertmanager", "reason=bad"],
            "Ansible takes -e 'component=prometheus, alert",
        ),
    ],
)
def test_what_was_taken_apart_otherwise_is_refused(extra_vars: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        whole("reason", extra_vars, "seen")
    assert str(caught.value).startswith(sentence)
