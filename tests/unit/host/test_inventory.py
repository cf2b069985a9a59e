# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has to reach which port, and where components listen, out of the inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import desired_baseline as host

GROUPS = {
    "prometheus": ["mon1", "mon2"],
    "alertmanager": ["mon1", "mon2"],
    "grafana": ["mon3"],
    "command_center": ["mon1"],
    "web": ["web1"],
}
HOSTVARS: dict[str, dict[str, Any]] = {
    "mon1": {"ansible_host": "10.0.0.1"},
    "mon2": {"aether_address": "10.0.0.2"},
    "mon3": {"grafana_port": 3300},
    "web1": {},
}


def rules(name: str, allow: Any = None, **variables: Any) -> dict[tuple[str, str, int], list[str]]:
    hostvars = {**HOSTVARS, name: {**HOSTVARS[name], **variables}}
    found = host.firewall_rules(name, GROUPS, hostvars, allow or {})
    return {(rule["component"], rule["protocol"], rule["port"]): rule["sources"] for rule in found}


def test_each_port_is_for_those_who_ask_it() -> None:
    assert rules("mon1") == {
        ("alertmanager", "tcp", 9093): ["10.0.0.2"],
        ("alertmanager cluster", "tcp", 9094): ["10.0.0.2"],
        ("alertmanager cluster", "udp", 9094): ["10.0.0.2"],
        ("command_center", "tcp", 8010): ["10.0.0.2"],
        ("prometheus", "tcp", 9090): ["10.0.0.2", "mon3"],
    }
    assert rules("mon3") == {("grafana", "tcp", 3300): ["10.0.0.1", "10.0.0.2"]}
    assert rules("web1") == {}


def test_people_are_let_in_by_component_and_never_to_the_cluster() -> None:
    found = rules("mon1", {"alertmanager": ["10.9.0.0/16", "10.0.0.2"], "grafana": ["10.9.0.0/16"]})

    assert found["alertmanager", "tcp", 9093] == ["10.0.0.2", "10.9.0.0/16"]
    assert found["alertmanager cluster", "tcp", 9094] == ["10.0.0.2"]
    assert found["prometheus", "tcp", 9090] == ["10.0.0.2", "mon3"]


@pytest.mark.parametrize("address", ["0.0.0.0/0", "10.0.0.5/8"])
def test_the_address_of_another_host_lets_no_network_in(address: str) -> None:
    hostvars = {**HOSTVARS, "mon2": {"aether_address": address}}
    with pytest.raises(ConfigError) as caught:
        host.firewall_rules("mon1", GROUPS, hostvars, {})
    assert f'aether_address of the host mon2 is "{address}", which is no address' in str(caught.value)


def test_a_cluster_that_is_off_has_no_port() -> None:
    assert not any(port == 9094 for _, _, port in rules("mon1", alertmanager_cluster_listen_address=""))


@pytest.mark.parametrize(
    ("allow", "sentence"),
    [
        ({"grafna": []}, 'host_firewall_allow names "grafna", which is no component (did you mean "grafana"?)'),
        ({"grafana": ["10.0.0.0/33"]}, 'host_firewall_allow.grafana[0] is "10.0.0.0/33": write an address, a network'),
        ({"grafana": "10.0.0.1"}, "host_firewall_allow.grafana is"),
        (["grafana"], "host_firewall_allow is"),
    ],
)
def test_what_nobody_can_be_let_in_by_is_told(allow: Any, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules("mon3", allow)
    assert sentence in str(caught.value)


def test_every_socket_of_every_component_is_known() -> None:
    everything = {group: ["dev"] for group in COMPONENTS}
    variables = {"dev": {"prometheus_listen_address": "::", "grafana_user": "grafana", "inbox_smtp_port": 2525}}

    found = {one["component"]: one for one in host.services("dev", everything, variables)}

    ports = {name: [listen["port"] for listen in one["listens"]] for name, one in found.items()}
    assert ports == {
        "demo_verticals": [8100, 8101, 8102, 8103, 8104, 8105],
        "inbox": [8025, 2525],
        "alertmanager": [9093],
        "command_center": [8010],
        "prometheus": [9090],
        "grafana": [3000],
    }
    assert found["prometheus"]["listens"][0]["address"] == "0.0.0.0"
    assert (found["grafana"]["user"], found["command_center"]["user"]) == ("grafana", "aetherlink-command-center")


@pytest.mark.parametrize("value", ["512M", "1G", 1048576, "75%", "100%", "infinity"])
def test_memory_is_a_size_a_share_or_all(value: Any) -> None:
    assert host.memory(value, "prometheus_memory_max") == str(value)


@pytest.mark.parametrize("value", ["1 GB", "0", "101%", "-1G", True, None, "1G\nExecStart=/bin/sh"])
def test_what_systemd_would_not_take_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="write it like 512M, 75% or infinity"):
        host.memory(value, "prometheus_memory_max")
