# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator typed, as the components of one host."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.rollback_scope import components_of

GROUPS = {"prometheus": ["mon1", "mon2"], "alertmanager": ["mon1"], "grafana": [], "all": ["mon1", "mon2"]}
HOSTS = ["mon1", "mon2"]


@pytest.mark.parametrize(
    ("named", "part", "host", "components"),
    [
        ("prometheus", "", "mon2", ["prometheus"]),
        ("prometheus, alertmanager", "", "mon1", ["alertmanager", "prometheus"]),
        ("prometheus,alertmanager", "", "mon2", ["prometheus"]),
        ("alertmanager", "", "mon2", []),
        ("all", "", "mon1", ["alertmanager", "prometheus"]),
        ("", "rules", "mon1", ["prometheus"]),
        ("alertmanager", "routing", "mon1", ["alertmanager"]),
    ],
)
def test_components_of_a_host(named: str, part: str, host: str, components: list[str]) -> None:
    assert components_of(named, {"part": part, "release": ""}, host, GROUPS, HOSTS) == components


@pytest.mark.parametrize(
    ("named", "part", "sentence"),
    [
        ("", "", "Nothing says what to roll back: add -e component=NAME, of demo_verticals, inbox, "),
        ("promtheus", "", 'component is "promtheus", which is none (did you mean "prometheus"?): name some of '),
        ("grafana", "", "None of the hosts that are asked has grafana: look at the inventory's group grafana and at "),
        ("", "rule", 'part is "rule", which cannot be rolled back alone (did you mean "rules"?): use one of routing, '),
        ("alertmanager", "rules", "part=rules is a part of prometheus, and component is alertmanager: take one of "),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(named: str, part: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        components_of(named, {"part": part, "release": ""}, "mon1", GROUPS, HOSTS)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("named", ["all", "prometheus,alertmanager"])
def test_a_release_is_one_of_a_single_component(named: str) -> None:
    with pytest.raises(ConfigError, match="release=0002 is one of a single component, and component is"):
        components_of(named, {"part": "", "release": "0002"}, "mon1", GROUPS, HOSTS)
