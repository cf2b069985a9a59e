# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of one's own, by the kernel that the tests run on."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications import own_network
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.own_network import in_own_network
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.sinks import sinks

root_alone = pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a network of its own")


def test_without_root_the_work_is_done_in_the_hosts_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with socket.create_server(("127.0.0.1", 0)) as outside:
        address = outside.getsockname()
        in_own_network(lambda: socket.create_connection(address, timeout=5).close())


@root_alone
def test_nobody_outside_reaches_what_listens_there_and_a_program_inside_does() -> None:
    def work() -> tuple[int, str]:
        with sinks() as sink:
            ask = f"import socket; print(socket.create_connection(('127.0.0.1', {sink.smtp_port})).recv(9).decode())"
            return sink.smtp_port, subprocess.check_output(["python3", "-c", ask], text=True).strip()

    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]

        def reach_out() -> int:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", port))

        assert in_own_network(work)[1] == "220 sink"
        assert in_own_network(reach_out) != 0
        assert reach_out() == 0, "only the thread has another network"


@root_alone
def test_there_is_no_way_out() -> None:
    assert in_own_network(lambda: [name for _, name in socket.if_nameindex()]) == ["lo"]


def test_what_the_work_raises_is_raised() -> None:
    def work() -> None:
        raise LookupError("no such time zone")

    with pytest.raises(LookupError, match="no such time zone"):
        in_own_network(work)


def test_where_the_kernel_refuses_it_is_the_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(own_network, "_bring_loopback_up", refuse)
    with socket.create_server(("127.0.0.1", 0)) as outside:
        address = outside.getsockname()
        in_own_network(lambda: socket.create_connection(address, timeout=5).close())
