# SPDX-License-Identifier: GPL-3.0-or-later
"""group_targets: inventory groups as seen from one host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.filter.group_targets import group_targets
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import PORTS

ROOT = Path(__file__).parents[3]
GROUPS = {"all": ["mon1", "web1", "web2", "db1"], "web": ["web2", "web1"], "empty": []}


class HostVars(dict[str, dict[str, Any]]):
    """A double for Ansible's hostvars that remembers who was asked for what."""

    def __init__(self, variables: dict[str, dict[str, Any]]) -> None:
        super().__init__(variables)
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.asked.append(name)
        return super().__getitem__(name)


def hostvars() -> HostVars:
    return HostVars(
        {
            "mon1": {"ansible_host": "10.0.0.1"},
            "web1": {"ansible_host": "10.0.0.2", "aether_address": "web1.internal"},
            "web2": {"ansible_host": "10.0.0.3"},
            "db1": {},
        }
    )


def test_addresses_by_preference_and_loopback_for_oneself() -> None:
    assert group_targets(GROUPS, hostvars(), "mon1")["all"] == [
        {"name": "mon1", "address": "127.0.0.1", "local": True},
        {"name": "web1", "address": "web1.internal", "local": False},
        {"name": "web2", "address": "10.0.0.3", "local": False},
        {"name": "db1", "address": "db1", "local": False},
    ]


def test_groups_keep_the_inventorys_order_and_empty_ones_stay() -> None:
    seen = group_targets(GROUPS, hostvars(), "mon1")
    assert list(seen) == ["all", "web", "empty"]
    assert [host["name"] for host in seen["web"]] == ["web2", "web1"]
    assert seen["empty"] == []


def test_each_other_host_is_asked_once() -> None:
    variables = hostvars()
    group_targets(GROUPS, variables, "mon1")
    assert sorted(name for name in variables.asked if name != "mon1") == ["db1", "web1", "web2"]


@pytest.mark.parametrize(
    ("listens_on", "reached_at"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("10.0.0.1", "10.0.0.1")],
)
def test_oneself_is_reached_where_the_groups_component_listens(listens_on: str, reached_at: str) -> None:
    variables = HostVars({"mon1": {"web_listen_address": listens_on}})
    assert group_targets({"web": ["mon1"]}, variables, "mon1")["web"] == [
        {"name": "mon1", "address": reached_at, "local": True}
    ]


def test_only_some_groups() -> None:
    variables = hostvars()
    assert list(group_targets(GROUPS, variables, "mon1", ["web"])) == ["web"]
    assert sorted(variables.asked) == ["web1", "web2"]


def test_each_host_of_a_component_has_its_own_port_or_the_roles_default() -> None:
    variables = {"mon1": {}, "mon2": {"alertmanager_port": 9193, "prometheus_port": 9190}}
    seen = group_targets({"alertmanager": ["mon1", "mon2"], "web": ["mon2"]}, variables, "mon1")
    assert [host["port"] for host in seen["alertmanager"]] == [9093, 9193]
    assert "port" not in seen["web"][0]


@pytest.mark.parametrize("role", PORTS)
def test_the_default_of_a_port_is_the_roles(role: str) -> None:
    defaults = yaml.safe_load((ROOT / "roles" / role / "defaults/main.yml").read_text())
    assert defaults[f"{role}_port"] == PORTS[role]


def test_a_port_that_is_none() -> None:
    with pytest.raises(AnsibleFilterError, match=r'^prometheus_port of the host web1 is "9190": write a whole number '):
        group_targets({"prometheus": ["web1"]}, {"web1": {"prometheus_port": "9190"}}, "mon1")


@pytest.mark.parametrize("value", [None, 12, "", ["a"]])
def test_an_address_that_is_no_text(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^ansible_host of the host web1 is no text, "):
        group_targets({"web": ["web1"]}, {"web1": {"ansible_host": value}}, "mon1")


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("aether_address", "no address: set it to a host name or an IP address."),
        ("ansible_host", "no address that other hosts can use: set aether_address to a host name or an IP address."),
    ],
)
@pytest.mark.parametrize(
    "value",
    ["0.0.0.0/0", "10.0.0.5/8", "::/0", "10.0.0.5 10.0.0.6", "https://web1", "web1;id", "fe80::1%eth0"],
)
def test_an_address_that_is_a_network_or_more_than_an_address(variable: str, advice: str, value: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        group_targets({"web": ["web1"]}, {"web1": {variable: value}}, "mon1")
    assert str(caught.value) == f'{variable} of the host web1 is "{value}", which is {advice}'


def test_an_address_that_only_ssh_can_use_stands_beside_one_for_other_hosts() -> None:
    web1 = {"ansible_host": "fe80::1%eth0", "aether_address": "web1.prod.example"}
    found = group_targets({"web": ["web1"]}, {"web1": web1}, "mon1")
    assert [host["address"] for host in found["web"]] == ["web1.prod.example"]


@pytest.mark.parametrize("value", ["10.0.0.5", "2001:db8::5", "::ffff:10.0.0.5", "web-1.prod.example", "web_1"])
def test_an_address_that_is_one(value: str) -> None:
    (host,) = group_targets({"web": ["web1"]}, {"web1": {"aether_address": value}}, "mon1")["web"]
    assert host["address"] == value


@pytest.mark.parametrize(
    ("variables", "tls"),
    [
        ({}, False),
        ({"aether_tls": True}, True),
        ({"aether_tls": True, "alertmanager_tls": False}, False),
        ({"alertmanager_tls": True, "prometheus_tls": False}, True),
    ],
)
def test_a_components_host_tells_whether_it_speaks_tls(variables: dict[str, Any], tls: bool) -> None:
    seen = group_targets({"alertmanager": ["mon2"], "web": ["mon2"], "inbox": ["mon2"]}, {"mon2": variables}, "mon1")
    assert seen["alertmanager"][0]["tls"] is tls
    assert "tls" not in seen["web"][0] and "tls" not in seen["inbox"][0]


@pytest.mark.parametrize(
    ("variables", "reached_at"),
    [
        ({"prometheus_listen_address": "0.0.0.0"}, "10.0.0.1"),
        ({"prometheus_listen_address": "0.0.0.0", "prometheus_tls": False}, "127.0.0.1"),
        ({"prometheus_listen_address": "::", "aether_address": "mon1.example"}, "mon1.example"),
        ({"prometheus_listen_address": "10.0.0.7"}, "10.0.0.7"),
        ({}, "127.0.0.1"),
    ],
)
def test_oneself_with_tls_on_a_wildcard_is_reached_by_a_name_of_its_certificate(
    variables: dict[str, Any], reached_at: str
) -> None:
    hosts = {"mon1": {"ansible_host": "10.0.0.1", "aether_tls": True, **variables}}
    (host,) = group_targets({"prometheus": ["mon1"]}, hosts, "mon1")["prometheus"]
    assert (host["address"], host["local"]) == (reached_at, True)


def test_tls_that_is_no_boolean() -> None:
    with pytest.raises(
        AnsibleFilterError, match=r'^aether_tls of the host web1 is "true", but must be true or false: '
    ):
        group_targets({"prometheus": ["web1"]}, {"web1": {"aether_tls": "true"}}, "mon1")
