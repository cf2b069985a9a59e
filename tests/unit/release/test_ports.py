# SPDX-License-Identifier: GPL-3.0-or-later
"""A port that another program has is a refusal before the switch."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import ports
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Check
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.ports import refuse_unusable


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield f"127.0.0.1:{other.getsockname()[1]}"


@pytest.fixture
def anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever listens belongs to a user that no component has."""
    monkeypatch.setattr(ports, "_listeners", lambda _port: [("127.0.0.1", 12345)])


def test_a_free_port_is_free_also_right_after_another_has_left_it(taken: str) -> None:
    port = int(taken.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        pass
    with socket.create_server(("127.0.0.1", 0)) as left:
        free = f"127.0.0.1:{left.getsockname()[1]}"

    refuse_unusable({"grafana_port": free}, {"aetherlink-nobody"})


@pytest.mark.usefixtures("anothers")
def test_those_that_ask_at_the_same_moment_are_not_in_each_others_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as left:
        free = {"app_port": f"127.0.0.1:{left.getsockname()[1]}"}

    with ThreadPoolExecutor(4) as pool:
        for asked in [pool.submit(refuse_unusable, free, {"aetherlink-nobody"}) for _ in range(500)]:
            asked.result()


@pytest.mark.usefixtures("anothers")
def test_a_deploy_is_refused_before_the_switch(host: Any, taken: str) -> None:
    host.deploy("one")
    first = host.active.id

    error = host.failure("two", checks=[Check("its port", listen={"app_port": taken})])

    assert "which app_port says, is taken by another program" in str(error)
    assert f"Nothing was switched; release {first} is untouched" in str(error)
    assert host.service.calls == []


def test_the_port_of_the_service_itself_is_no_obstacle(host: Any, taken: str) -> None:
    """The test's own process listens, as the user that stands for the service's."""
    wild = taken.replace("127.0.0.1", "0.0.0.0")

    assert host.deploy("two", checks=[Check("its port", listen={"app_port": taken})]).changed
    assert host.deploy("three", checks=[Check("its port", listen={"app_port": wild})]).changed


def test_what_a_service_must_listen_on_is_told_with_its_variable(taken: str) -> None:
    with pytest.raises(ReleaseError, match=r"port \d+ of 127.0.0.1, which inbox_smtp_port says, is taken by another"):
        refuse_unusable({"inbox_port": "127.0.0.1:0", "inbox_smtp_port": taken}, {"aetherlink-nobody"})
    with pytest.raises(ReleaseError, match=r"this host has no address 192\.0\.2\.1, at which inbox_port would be: set"):
        refuse_unusable({"inbox_port": "192.0.2.1:8025"}, {"aetherlink-nobody"})


def test_what_the_services_own_user_listens_on_is_its_own(taken: str) -> None:
    refuse_unusable(
        {"inbox_port": taken, "inbox_smtp_port": taken.replace("127.0.0.1", "0.0.0.0")}, {getpass.getuser()}
    )


def test_a_port_beside_its_own_that_another_user_has_is_not(taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(taken.rpartition(":")[2])
    monkeypatch.setattr(
        ports, "_listeners", lambda asked: [("127.0.0.1", os.getuid()), ("0.0.0.0", 12345)] if asked == port else []
    )
    with pytest.raises(ReleaseError, match="taken by another program"):
        refuse_unusable({"inbox_port": taken}, {getpass.getuser()})


def test_ipv6_is_an_address_like_any_other() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        refuse_unusable({"inbox_port": f"[::1]:{other.getsockname()[1]}"}, {getpass.getuser()})


def test_another_program_at_another_address_is_not_in_the_way(taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listeners = [("127.0.0.1", os.getuid()), ("10.0.0.5", 12345)]
    monkeypatch.setattr(ports, "_listeners", lambda _port: listeners)

    refuse_unusable({"inbox_port": taken}, {getpass.getuser()})


def test_the_user_that_the_service_runs_as_now_is_as_good_as_the_one_it_will(taken: str) -> None:
    refuse_unusable({"inbox_port": taken}, {"aetherlink-not-made-yet", getpass.getuser()})


def test_the_kernels_tables_are_read_as_they_are(taken: str) -> None:
    port = int(taken.rpartition(":")[2])
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        assert ports._listeners(port) == [("127.0.0.1", os.getuid())]
        assert ports._listeners(other.getsockname()[1]) == [("::1", os.getuid())]
