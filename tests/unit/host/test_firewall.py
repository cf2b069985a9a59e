# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules as nftables is told them, and what is found of them. That they block is seen in Molecule."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host import baseline, nftables
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.addresses import networks
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import HostError, Machine

RULES = [
    {"component": "prometheus", "protocol": "tcp", "port": 9090, "sources": ["mon2", "10.0.0.0/8"]},
    {"component": "grafana", "protocol": "tcp", "port": 3000, "sources": []},
]
LISTING = "table inet aetherlink { as nft writes it }"


def test_names_become_addresses_and_what_a_network_holds_is_left_out(lookup: Any) -> None:
    assert networks(["mon2", "192.0.2.7", "10.0.0.0/8", "fd00::/8", "192.0.2.7/32"], lookup) == (
        ["10.0.0.0/8", "192.0.2.7"],
        ["fd00::/8"],
    )


def test_a_name_without_an_address_is_told(lookup: Any) -> None:
    with pytest.raises(HostError, match=r'lets "mon3" in, and this host finds no address .*set aether_address of mon3'):
        networks(["mon3"], lookup)


def test_a_name_that_is_the_hosts_own_loopback_is_told(lookup: Any) -> None:
    with pytest.raises(HostError, match='lets "mon4" in, which this host takes for its own loopback'):
        networks(["mon4"], lookup)


def test_the_table_is_replaced_in_one_step_and_drops_our_ports_alone(lookup: Any) -> None:
    assert nftables.render(RULES, lookup).splitlines()[1:] == [
        "table inet aetherlink",
        "delete table inet aetherlink",
        "table inet aetherlink {",
        "\tchain input {",
        "\t\ttype filter hook input priority filter - 1; policy accept;",
        '\t\tiifname "lo" accept',
        "\t\tct state established,related accept",
        '\t\tip saddr { 10.0.0.0/8 } tcp dport 9090 accept comment "prometheus"',
        '\t\tip6 saddr { fd00::2 } tcp dport 9090 accept comment "prometheus"',
        '\t\ttcp dport 9090 counter drop comment "prometheus"',
        '\t\ttcp dport 3000 counter drop comment "grafana"',
        "\t}",
        "}",
    ]


@pytest.fixture
def with_nft(machine: Machine, commands: Any) -> Machine:
    """Once loaded, the double lists the table; before, it has none."""
    machine.write(nftables.NFT, "")
    commands.answers["unshare"] = (0, LISTING, "")
    commands.answers[f"{nftables.NFT} --stateless list"] = (1, "", "No such file or directory")
    return machine


def loaded(machine: Machine, commands: Any) -> None:
    commands.answers[f"{nftables.NFT} --stateless list"] = (0, LISTING, "")
    enabled = machine.path(nftables.ENABLED)
    enabled.parent.mkdir(parents=True, exist_ok=True)
    enabled.symlink_to(nftables.UNIT)


def test_rules_are_checked_loaded_and_kept_for_the_next_boot(
    with_nft: Machine, commands: Any, apply: Any, lookup: Any
) -> None:
    assert apply(nftables.changes(with_nft, RULES, lookup, False)) == ["load the rules of nftables"]

    assert commands.ran[-4:] == [
        f"{nftables.NFT} --check -f -",
        f"{nftables.NFT} -f {with_nft.path(nftables.FILE)}",
        "systemctl daemon-reload",
        "systemctl enable --quiet --now aetherlink-firewall.service",
    ]
    assert with_nft.read(nftables.FILE) == nftables.render(RULES, lookup)
    loaded(with_nft, commands)
    assert nftables.changes(with_nft, RULES, lookup, False) == []


@pytest.mark.parametrize(
    "changed",
    [
        (f"{nftables.NFT} --stateless list", (0, "table inet aetherlink { one rule less }", "")),
        ("systemctl is-active", (3, "", "")),
    ],
)
def test_rules_changed_by_hand_are_found(
    with_nft: Machine, commands: Any, apply: Any, lookup: Any, changed: tuple[str, Any]
) -> None:
    apply(nftables.changes(with_nft, RULES, lookup, False))
    loaded(with_nft, commands)
    commands.answers[changed[0]] = changed[1]

    assert len(nftables.changes(with_nft, RULES, lookup, False)) == 1


def test_rules_that_nft_refuses_are_told_and_nothing_is_written(with_nft: Machine, commands: Any, lookup: Any) -> None:
    commands.answers["unshare"] = (1, "", "Error: syntax error\n")

    with pytest.raises(HostError, match="nft takes the rules of host_firewall on this host not at all: Error: syntax"):
        nftables.changes(with_nft, RULES, lookup, False)
    assert with_nft.read(nftables.FILE) is None


def test_without_nft_a_dry_run_tells_and_a_real_one_refuses(machine: Machine, lookup: Any) -> None:
    assert len(nftables.changes(machine, RULES, lookup, True)) == 1
    with pytest.raises(HostError, match="the host has no nft: leave host_packages true"):
        nftables.changes(machine, RULES, lookup, False)


def test_with_none_the_table_its_file_and_unit_go(with_nft: Machine, commands: Any, apply: Any, lookup: Any) -> None:
    apply(nftables.changes(with_nft, RULES, lookup, False))
    commands.answers[f"{nftables.NFT} list"] = (1, "", "No such file or directory")

    assert apply(nftables.removal(with_nft)) == ["take the rules of nftables away"]
    assert [with_nft.read(name) for name in (nftables.FILE, nftables.UNIT, nftables.DROP_IN)] == [None] * 3
    assert nftables.removal(with_nft) == []


def test_a_table_that_does_not_go_is_told(with_nft: Machine, commands: Any, apply: Any, lookup: Any) -> None:
    apply(nftables.changes(with_nft, RULES, lookup, False))

    with pytest.raises(HostError, match="still there: take it away by `nft delete table inet aetherlink`"):
        apply(nftables.removal(with_nft))


def test_without_a_firewall_the_rules_of_an_earlier_run_go(
    with_nft: Machine, commands: Any, apply: Any, lookup: Any, me: int
) -> None:
    apply(nftables.changes(with_nft, RULES, lookup, False))
    commands.answers[f"{nftables.NFT} list"] = (1, "", "")
    wanted = baseline.DesiredHost(directories=False, firewall="none", rules=RULES)

    found = [change.what for change in baseline.changes(with_nft, wanted, False, lookup)]

    assert found == ["take the rules of nftables away"]


def test_a_dry_run_changes_nothing(machine: Machine, commands: Any, lookup: Any) -> None:
    wanted = baseline.DesiredHost(packages=["nftables"], journald="x", firewall="nftables", rules=RULES)
    before = sorted(machine.root.rglob("*"))

    topics = [change.topic for change in baseline.changes(machine, wanted, True, lookup)]

    assert topics == ["packages", "directories", "directories", "directories", "journald", "firewall"]
    assert sorted(machine.root.rglob("*")) == before
    assert [line.split()[0] for line in commands.ran] == ["dpkg-query"]
