# SPDX-License-Identifier: GPL-3.0-or-later
"""Another package repository or key reaches a host that has the program already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://package"]
pytestmark = pytest.mark.usefixtures("afterwards_as_before")

SOURCES = "/etc/apt/sources.list.d/aetherlink-grafana.sources"
KEY = "/etc/apt/keyrings/aetherlink-grafana.gpg"
REASON = "the package repository or its key differs"


def test_another_mirror_reaches_apt_and_nothing_else(
    host: Host, deploy: Callable[..., Any], component: Callable[[str], Any], source: dict[str, Any]
) -> None:
    before, process, release = (
        host.file(SOURCES).content_string,
        component("grafana").process(),
        component("grafana").release(),
    )
    url = source["repository"]["grafana_repository_url"] + "/"  # the same place by another name

    assert REASON in deploy("--check", "-v", grafana_repository_url=url).ok().output
    assert host.file(SOURCES).content_string == before

    deploy(grafana_repository_url=url).ok()
    assert f"URIs: {url}\n" in host.file(SOURCES).content_string
    assert deploy(grafana_repository_url=url).ok().changed == 0
    assert (component("grafana").process(), component("grafana").release()) == (process, release)


def test_another_fingerprint_brings_the_key(host: Host, deploy: Callable[..., Any], source: dict[str, Any]) -> None:
    host.check_output("rm %s", KEY)
    fingerprint = source["repository"]["grafana_repository_key_fingerprint"].lower()  # the same key, written otherwise

    deploy(grafana_repository_key_fingerprint=fingerprint).ok()

    assert host.file(KEY).size > 0
    assert f"The key is {fingerprint}." in host.file(SOURCES).content_string


def test_a_key_that_the_repository_has_not_is_refused(host: Host, deploy: Callable[..., Any]) -> None:
    before = host.file(SOURCES).content_string

    assert (
        "grafana_repository_key_fingerprint is " + "A" * 40
        in deploy(grafana_repository_key_fingerprint="A" * 40).refused().output
    )

    assert host.file(SOURCES).content_string == before
