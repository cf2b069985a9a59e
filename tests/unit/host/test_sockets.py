# SPDX-License-Identifier: GPL-3.0-or-later
"""What listens, from the kernel's tables, against the inventory."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.sockets import rows
from ansible_collections.aetherlink.monitoring.plugins.module_utils.listeners import Listener, listeners

UID = 991


def judged(wanted: tuple[str, int], *seen: Listener) -> dict[str, Any]:
    listen = {"protocol": "tcp", "address": wanted[0], "port": wanted[1]}
    service = {"component": "prometheus", "user": "aetherlink-prometheus", "listens": [listen]}
    (found,) = rows([service], list(seen), lambda _user: UID)
    return found


def tcp(address: str, port: int, uid: int = UID) -> Listener:
    return Listener("tcp", address, port, uid)


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_real_socket_is_found_with_its_owner(family: int, address: str) -> None:
    with socket.socket(family) as stream, socket.socket(family, socket.SOCK_DGRAM) as packets:
        stream.bind((address, 0))
        stream.listen()
        packets.bind((address, 0))

        ports = {"tcp": stream.getsockname()[1], "udp": packets.getsockname()[1]}
        found = listeners()

    for protocol, port in ports.items():
        assert Listener(protocol, address, port, os.getuid()) in found


def test_as_the_inventory_says_it_is_good() -> None:
    assert judged(("10.0.0.1", 9090), tcp("10.0.0.1", 9090), tcp("0.0.0.0", 22, uid=0)) == {
        "check": "prometheus listens",
        "wanted": "on 10.0.0.1:9090 alone",
        "seen": "on 10.0.0.1:9090",
        "ok": True,
    }


@pytest.mark.parametrize("seen", [tcp("0.0.0.0", 9090), tcp("::", 9090), tcp("10.0.0.1", 9090), tcp("0.0.0.0", 9999)])
def test_wider_is_bad_and_told(seen: Listener) -> None:
    found = judged(("127.0.0.1", 9090), tcp("127.0.0.1", 9090), seen)

    assert (found["ok"], found["seen"]) == (False, f"on {seen}")


@pytest.mark.parametrize("seen", ["0.0.0.0", "::", "10.0.0.1"])
def test_a_wildcard_includes_every_address(seen: str) -> None:
    assert judged(("0.0.0.0", 9090), tcp(seen, 9090))["ok"]


def test_another_socket_on_the_loopback_is_no_wider() -> None:
    assert judged(("127.0.0.1", 9090), tcp("::1", 45678))["ok"]


def test_udp_where_only_tcp_is_said_is_bad() -> None:
    found = judged(("0.0.0.0", 9094), Listener("udp", "0.0.0.0", 9094, UID))

    assert (found["ok"], found["seen"]) == (False, "on 0.0.0.0:9094/udp")


def test_a_service_that_is_not_there_listens_nowhere() -> None:
    assert judged(("127.0.0.1", 9090))["seen"] == "on nothing"
