# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall keeps others out and lets in who needs to, seen from the other hosts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://bookworm"]
ASK = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2)"
NFTABLES = {"host_firewall": "nftables"}
OTHER_PORT = 2222  # stands for SSH and whatever else the host has


@pytest.fixture
def hosts(run_playbook: Callable[..., Any]) -> Any:
    """hosts(**variables): hosts.yml on all hosts; afterwards they have no firewall."""
    yield lambda **variables: run_playbook("playbooks/hosts.yml", variables=variables)
    run_playbook("playbooks/hosts.yml").ok()


@pytest.fixture
def other(host: Host) -> Callable[[str], Host]:
    return lambda name: Host.get_host(f"ansible://{name}", ansible_inventory=host.backend.ansible_inventory)


@pytest.fixture
def reaches(other: Callable[[str], Host]) -> Callable[[str, str, int], bool]:
    """reaches("trixie", "bookworm", 9093): whether a connection comes about."""
    return lambda source, target, port: other(source).run("python3 -c %s %s %s", ASK, target, str(port)).rc == 0


@pytest.fixture
def serves(other: Callable[[str], Host]) -> Any:
    """serves("bookworm", 9093): something listens there, everywhere."""
    started = []

    def serve(name: str, port: int) -> None:
        unit = f"serves-{port}"
        other(name).check_output(f"systemd-run --quiet --unit={unit} python3 -m http.server {port} --bind 0.0.0.0")
        started.append((name, unit))
        other(name).check_output(
            f"timeout 10 sh -c \"until ss -Hltn 'sport = :{port}' | grep -q .; do sleep 0.1; done\""
        )

    yield serve
    for name, unit in started:
        other(name).check_output(f"systemctl stop {unit}")


def test_nftables_lets_in_who_needs_the_port_and_nobody_else(host: Host, hosts: Any, serves: Any, reaches: Any) -> None:
    for port in (9093, OTHER_PORT):
        serves("bookworm", port)
    assert reaches("trixie", "bookworm", 9093) and reaches("testing", "bookworm", 9093)

    hosts(**NFTABLES).ok()
    assert reaches("trixie", "bookworm", 9093)
    assert not reaches("testing", "bookworm", 9093)
    assert reaches("testing", "bookworm", OTHER_PORT)
    assert reaches("bookworm", "127.0.0.1", 9093)
    assert hosts(**NFTABLES).ok().changed == 0

    hosts(**NFTABLES, host_firewall_allow={"alertmanager": ["testing"]}).ok()
    assert reaches("testing", "bookworm", 9093)

    assert hosts().ok().changed == 3
    assert reaches("testing", "bookworm", 9093)
    assert not host.file("/etc/aetherlink/firewall.nft").exists
    assert "aetherlink" not in host.check_output("nft list tables")
    assert host.run("systemctl cat aetherlink-firewall").rc != 0


def test_it_comes_back_at_boot_and_after_a_change_by_hand(host: Host, hosts: Any, serves: Any, reaches: Any) -> None:
    serves("bookworm", 9093)
    host.check_output("nft add table inet mine")
    try:
        hosts(**NFTABLES).ok()
        host.check_output("systemctl restart aetherlink-firewall")
        assert host.check_output("systemctl is-enabled aetherlink-firewall") == "enabled"
        assert not reaches("testing", "bookworm", 9093)

        host.check_output("nft flush chain inet aetherlink input")
        assert reaches("testing", "bookworm", 9093)
        assert hosts(**NFTABLES).ok().changed == 1
        assert not reaches("testing", "bookworm", 9093)

        host.check_output("systemctl stop aetherlink-firewall")
        assert reaches("testing", "bookworm", 9093)
        assert hosts(**NFTABLES).ok().changed == 1
        assert not reaches("testing", "bookworm", 9093)
        assert "table inet mine" in host.check_output("nft list tables")
    finally:
        host.check_output("nft delete table inet mine")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"host_firewal": "none"}, "host_firewal is not a variable of the role host: did you mean host_firewall?"),
        ({"host_journald_system_max_use": "1 GB"}, 'host_journald_system_max_use is "1 GB": write it like 512M or 1G.'),
        (
            {"host_firewall": "nftables", "host_firewall_allow": {"grafna": ["10.0.0.1"]}},
            'host_firewall_allow names "grafna", which is no component (did you mean "grafana"?)',
        ),
        (
            {"host_firewall": "nftables", "host_firewall_allow": {"alertmanager": ["no.such.host"]}},
            'host_firewall lets "no.such.host" in, and this host finds no address of that name',
        ),
        ({"host_firewall": "ufw"}, 'host_firewall is "ufw": write one of none, nftables.'),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    host: Host, run_playbook: Callable[..., Any], variables: dict[str, Any], sentence: str
) -> None:
    assert sentence in run_playbook("playbooks/hosts.yml", "--limit=bookworm", variables=variables).refused().output
    assert not host.file("/etc/aetherlink/firewall.nft").exists
