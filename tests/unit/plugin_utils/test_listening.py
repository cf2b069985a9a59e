# SPDX-License-Identifier: GPL-3.0-or-later
"""In prod all ask for a password, and what others can reach uses TLS, unless it is meant to be open."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.listen_addresses import host_of, refuse

from .described import described


def component(address: str, **more: Any) -> Component:
    return described(listens={"prometheus_listen_address": address}, **more)


OWN = ["127.0.0.1", "127.0.0.2:9090", "::1", "[::1]", "[::1]:9094", "localhost", "localhost:9094", ""]
OPEN = ["0.0.0.0", "192.0.2.7", "192.0.2.7:9094", "::", "[::]:9094", "2001:db8::1", "mon1.example.org", ":9094"]


@pytest.mark.parametrize("address", OPEN)
def test_what_others_reach_is_refused_in_prod(address: str) -> None:
    assert refuse(component(address), "prod", []) == (
        f"prometheus_listen_address is {address}, where others reach prometheus without TLS or without a password: set "
        "aether_tls and aether_web_password, have it listen on 127.0.0.1, or, where that is meant, put prometheus into "
        "aether_open_listening."
    )


@pytest.mark.parametrize("address", OPEN)
def test_it_may_where_it_is_secured_or_meant_and_anywhere_but_in_prod(address: str) -> None:
    assert refuse(component(address, secured=True), "prod", []) == ""
    assert refuse(component(address), "prod", ["inbox", "prometheus"]) == ""
    assert refuse(component(address), "staging", []) == refuse(component(address), "dev", []) == ""


def test_what_is_meant_for_another_component_is_not_for_this() -> None:
    assert refuse(component("0.0.0.0"), "prod", ["alertmanager"])


@pytest.mark.parametrize("address", OWN)
def test_the_loopback_and_what_is_off_may_listen(address: str) -> None:
    assert refuse(component(address), "prod", []) == ""


def test_on_loopback_a_component_without_a_password_is_refused_in_prod_alone() -> None:
    """Every user of the host could silence alerts."""
    own = component("127.0.0.1", asks_password=False)

    assert refuse(own, "prod", []) == (
        "prometheus asks for no password, so that every user of its host can call it: set aether_web_password, or, "
        "where that is meant, put prometheus into aether_open_listening."
    )
    assert refuse(own, "prod", ["prometheus"]) == refuse(own, "staging", []) == refuse(own, "dev", []) == ""
    assert refuse(component("127.0.0.1", asks_password=True), "prod", []) == ""


def test_each_listener_is_looked_at() -> None:
    listens = {"alertmanager_listen_address": "::1", "alertmanager_cluster": "10.0.0.7:9"}
    both = described("alertmanager", listens=listens)

    assert refuse(both, "prod", []).startswith("alertmanager_cluster is 10.0.0.7:9, where others reach alertmanager ")


def test_a_component_that_listens_nowhere_is_left_alone() -> None:
    assert refuse(described("app"), "prod", []) == ""


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize(
    ("exceptions", "sentence"),
    [
        ("inbox", 'aether_open_listening is "inbox", but must be a list: start each entry with a dash.'),
        (None, "aether_open_listening is empty, but must be a list: start each entry with a dash."),
        ([True], "aether_open_listening[0] is true, but must be text: put it in quotes."),
    ],
)
def test_exceptions_of_the_wrong_type_are_told_in_every_environment(
    environment: str, exceptions: Any, sentence: str
) -> None:
    assert refuse(component("127.0.0.1", secured=True), environment, exceptions) == sentence


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("10.0.0.7:9094", "10.0.0.7"),
        ("::1", "::1"),
        ("[2001:db8::1]:9094", "2001:db8::1"),
        (":9094", ""),
        ("", ""),
        ("mon1:9094", "mon1"),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host
