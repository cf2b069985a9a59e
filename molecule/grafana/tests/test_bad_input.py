# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before the switch, each in one sentence; the running dashboards are untouched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://archive"]

MINE: dict[str, Any] = {"uid": "mine", "title": "Mine", "schemaVersion": 42, "panels": []}
PANEL = {"id": 1, "type": "stat", "title": "A", "gridPos": {"h": 4, "w": 4, "x": 0, "y": 0}}
STRONG = {"admin_password": "Kx7-veldspar-91-quince", "secret_key": "zr4-ochre-lantern-66"}


def dashboards(**changes: Any) -> dict[str, Any]:
    return {"grafana_dashboards": {"Mine/mine.json": json.dumps({**MINE, **changes})}}


@pytest.fixture
def taken_port(host: Host) -> Iterator[int]:
    host.check_output("systemd-run --unit=squatter python3 -m http.server 3333")
    yield 3333
    host.check_output("systemctl stop squatter")


BAD = [
    ({"grafana_dashboards": {"Mine/mine.json": '{"uid": "mine",}'}}, "Mine/mine.json"),
    (dashboards(uid="aetherlink-fleet-health"), "aetherlink-fleet-health"),
    (dashboards(panels=[{**PANEL, "datasource": {"type": "prometheus", "uid": "lost"}}]), "lost"),
    (dashboards(panels=[{**PANEL, "gridPos": {"h": "4", "w": 4, "x": 0, "y": 0}}]), "gridPos.h"),
    (dashboards(description="see https://me:hunter2@example.org/"), "Mine/mine.json"),
    ({"grafana_secrets": {**STRONG, "admin_password": "admin"}}, "grafana_secrets.admin_password is too weak for prod"),
    ({"grafana_secrets": {"secret_key": STRONG["secret_key"]}}, "grafana_secrets has no admin_password"),
    ({"grafana_ini": {"smtp": {"password": "hunter2"}}}, "grafana_ini.smtp.password has a secret in plain text"),
    ({"grafana_root_url": ""}, "grafana_root_url is not set, and in prod people do not open Grafana on its own host"),
    ({"grafana_ini": {"server": {"http_port": 3001}}}, "grafana_ini.server.http_port is set by grafana_port"),
    ({"grafana_dashbords": {}}, "grafana_dashbords is not a variable of this role: did you mean grafana_dashboards?"),
]


@pytest.mark.parametrize(("variables", "sentence"), BAD, ids=[sentence[:40] for _, sentence in BAD])
def test_it_is_refused_before_the_switch(
    assert_refused: Callable[..., None], variables: dict[str, Any], sentence: str
) -> None:
    assert_refused("grafana", variables, sentence)


def test_a_port_that_another_program_has_is_refused_before_the_switch(
    assert_refused: Callable[..., None], taken_port: int, deploy: Callable[..., Any]
) -> None:
    sentence = "port 3333 of 0.0.0.0 is taken by another program on this host: stop that, or set grafana_port"

    assert_refused("grafana", {"grafana_port": taken_port}, sentence, "Nothing was switched")
    assert sentence in deploy("--check", grafana_port=taken_port).refused().output


def test_a_setting_that_grafana_refuses_is_switched_back(
    deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before = component("grafana").release()

    seen = deploy(grafana_ini={"server": {"read_timeout": "soon"}}).refused()

    assert f"was switched back to {before}, which is proven and running" in seen.output
    assert component("grafana").release() == before
    assert deploy().ok().changed == 0


def test_a_missing_source_fails_where_grafana_is_not_optional(deploy: Callable[..., Any]) -> None:
    url = "http://127.0.0.1:1/grafana_{version}_linux_{architecture}.tar.gz"

    pinned = {"amd64": "0" * 64, "arm64": "0" * 64}

    seen = deploy(grafana_version="13.0.9", grafana_archive_url=url, grafana_archive_sha256=pinned).refused()

    assert "cannot be reached" in seen.output and "check grafana_archive_url" in seen.output
