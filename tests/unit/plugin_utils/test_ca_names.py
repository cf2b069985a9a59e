# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection's own authority is limited to: by the inventory, or by aether_tls_ca_names."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import (
    OWN,
    Permitted,
    of_inventory,
    of_variable,
)


def inventory(**hosts: dict[str, Any]) -> Permitted:
    return of_inventory({"all": list(hosts), "prometheus": list(hosts)}, hosts)


def added(found: Permitted) -> tuple[set[str], set[str]]:
    """Domains and networks beside those that are always there."""
    return set(found.domains - OWN.domains), {str(network) for network in found.networks - OWN.networks}


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("mon1.prod.example", "prod.example"),
        ("Mon1.A.Prod.example", "a.prod.example"),
        ("mon1.example", "mon1.example"),  # not all of "example"
        ("mon1", "mon1"),
    ],
)
def test_a_host_stands_for_its_domain(name: str, domain: str) -> None:
    assert added(inventory(**{name: {}})) == ({domain}, set())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8::7", "2001:db8::/64"),
    ],
)
def test_an_address_stands_for_its_network(address: str, network: str) -> None:
    assert added(inventory(mon1={"ansible_host": address})) == ({"mon1"}, {network})
    assert added(inventory(mon1={"prometheus_listen_address": address})) == ({"mon1"}, {network})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.1.1", "::1", "0.0.0.0", "::"])
def test_loopback_and_wildcards_add_nothing(address: str) -> None:
    assert added(inventory(mon1={"alertmanager_listen_address": address, "ansible_host": "127.0.0.1"})) == (
        {"mon1"},
        set(),
    )


def test_all_names_of_all_hosts_count() -> None:
    found = inventory(
        mon1={"aether_address": "mon1.a.example", "ansible_host": "10.0.0.1", "aether_tls_names": ["*.b.c.example"]},
        db1={"ansible_host": "db1.d.example"},
        alert1={"alertmanager_cluster_server_name": "alerts.e.example"},
    )

    assert added(found) == ({"mon1", "db1", "alert1", "a.example", "b.c.example", "d.example", "e.example"}, set())


def test_only_hosts_that_have_a_component_with_tls_count() -> None:
    switch = {"ansible_host": "10.0.0.1/24", "aether_tls_names": 5}
    groups = {
        "all": ["mon1", "graf1", "inbox1", "switch1"],
        "prometheus": ["mon1"],
        "grafana": ["mon1", "graf1"],
        "inbox": ["inbox1"],
    }

    found = of_inventory(groups, {"mon1": {}, "graf1": {}, "inbox1": switch, "switch1": switch})

    assert added(found) == ({"mon1", "graf1"}, set())


@pytest.mark.parametrize(
    "name",
    [
        "*.example",
        "*.prod.example",
        "*.a.prod.example",
        "prod.example",
        "a.prod.example",
        "Mon_1",
        "10.1.2.3",
        "10.0.0",
        "2001:db8::7",
        "fe80::1%eth0",
    ],
)
def test_the_limits_cover_the_names_that_they_come_from(name: str) -> None:
    for variables in ({"aether_tls_names": [name]}, {"alertmanager_cluster_server_name": name}):
        assert inventory(mon1=variables).outside([name, "mon1"]) == []


def test_the_address_of_the_cluster_counts() -> None:
    listens = {"alertmanager_cluster_listen_address": "10.9.0.1:9094"}
    assert added(inventory(mon1=listens)) == ({"mon1"}, {"10.9.0.0/24"})


def test_a_wildcard_of_one_label_stands_for_what_is_below_it() -> None:
    found = inventory(mon1={"aether_tls_names": ["*.example"]})

    assert added(found) == ({"mon1", ".example"}, set())
    assert found.outside(["a.example", "example", "xexample"]) == ["example", "xexample"]


def test_what_no_certificate_can_name_is_left_out() -> None:
    assert added(inventory(**{"ü1": {}, "a host": {}})) == (set(), set())


def test_an_address_that_is_no_text_is_a_sentence_with_its_host() -> None:
    with pytest.raises(ConfigError, match=r"^aether_address of the host db1 is no text"):
        inventory(mon1={}, db1={"aether_address": 5})
    with pytest.raises(ConfigError) as caught:
        inventory(mon1={}, db1={"aether_tls_names": "db1.example"})
    assert str(caught.value) == ("aether_tls_names of the host db1 is not a list: set a list of names and addresses.")


def test_a_domain_covers_what_is_below_it_and_a_bare_name_only_itself() -> None:
    found = Permitted(frozenset({"prod.example", "mon1"}), frozenset({ip_network("10.0.0.0/8")}))
    inside = ["prod.example", "Mon1.PROD.example", "a.b.prod.example", "*.prod.example", "mon1", "10.9.8.7"]
    outside = ["example", "xprod.example", "a.mon1", "mon2", "*.example", "11.0.0.1", "::1", "127.0.0.1"]

    assert found.outside([*inside, *outside]) == outside


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.0.1.1", "::1", "alertmanager-cluster"])
def test_loopback_and_the_cluster_are_always_inside(name: str) -> None:
    found = of_variable(["prod.example"])

    assert found and found.outside([name, f"a.{name}"]) == [f"a.{name}"]


def test_the_variable_has_domains_and_networks() -> None:
    found = of_variable(["Prod.Example", "mon1", "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"])

    assert found
    assert added(found) == ({"prod.example", "mon1"}, {"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"})
    assert of_variable([]) is None


@pytest.mark.parametrize(
    "entry",
    [
        "*.prod.example",
        ".prod.example",
        "prod.example.",
        "",
        "10.0.0.5/8",
        "10.0.0",
        "10.0.0.0/33",
        "a b",
        "https://x",
        "ü",
    ],
)
def test_an_entry_of_another_kind_is_a_sentence(entry: str) -> None:
    with pytest.raises(ConfigError) as caught:
        of_variable(["prod.example", entry])

    assert str(caught.value) == (
        f"aether_tls_ca_names has {entry!r}, which is neither a domain nor a network: write a domain as prod.example, "
        "which covers all names below it, and a network as 10.0.0.0/8."
    )


@pytest.mark.parametrize("entries", ["prod.example", {}, [5], None])
def test_it_is_a_list(entries: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        of_variable(entries)

    assert str(caught.value) == "aether_tls_ca_names is not a list of domains and networks: set one, or remove it."
