# SPDX-License-Identifier: GPL-3.0-or-later
"""What Alertmanager, Command Center, the demo verticals and the inbox are asked after a deploy, over real HTTP."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import alertmanager_rows as alertmanager
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import command_center_rows as command_center
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import demo_verticals_rows as demo_verticals
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import inbox_rows as inbox
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Row, getter


def by_check(rows: list[Row]) -> dict[str, Row]:
    return {r["check"]: r for r in rows}


def bad(rows: list[Row]) -> dict[str, str]:
    """What was seen, by check, of the rows that are not as wanted."""
    return {r["check"]: r["seen"] for r in rows if not r["ok"]}


# Alertmanager


def alertmanager_rows(server: Any, cluster: str = "disabled", **wanted: Any) -> list[Row]:
    status = {"cluster": {"peers": [], "status": cluster}, "versionInfo": {"version": "0.25.0"}}
    server.put("/api/v2/status", status)
    server.put("/api/v2/receivers", [{"name": "slack"}, {"name": "nobody"}])
    return alertmanager.rows(getter(server.url), {"version": "0.25.0-1+b4", "receivers": ["nobody", "slack"], **wanted})


def test_a_healthy_alertmanager_has_good_rows_only(server: Any) -> None:
    rows = alertmanager_rows(server)

    assert bad(rows) == {}
    assert by_check(rows)["receivers"]["seen"] == "nobody, slack"


def test_an_alertmanager_of_another_version_or_with_other_receivers_is_bad(server: Any) -> None:
    rows = alertmanager_rows(server, version="0.28.1+ds-1", receivers=["nobody"])

    assert bad(rows) == {"version": "0.25.0", "receivers": "nobody, slack"}


@pytest.mark.parametrize(("cluster", "ok"), [("ready", True), ("disabled", True), ("settling", False)])
def test_a_cluster_must_have_settled(server: Any, cluster: str, ok: bool) -> None:
    assert by_check(alertmanager_rows(server, cluster=cluster))["cluster"]["ok"] is ok


# Command Center


def vertical(name: str, up: bool = True, stale: bool = False, reason: str = "") -> dict[str, Any]:
    error = {"reason": reason, "detail": "no answer", "time": "2026-11-24T04:24:44.056+00:00"} if reason else None
    return {"name": name, "kind": "stats", "up": up, "stale": stale, "last_error": error, "totals": {"contacts": 125.0}}


def command_center_rows(
    server: Any, *verticals: dict[str, Any], error: str | None = None, env: str = "dev", **wanted: Any
) -> list[Row]:
    server.put("/readyz", {"ready": True, "config_sha256": "fead825c", "version": "0.1.0", "config_error": error})
    server.put("/api/fleet", {"env": env, "totals": {"contacts": 125.0}, "verticals": verticals})
    return command_center.rows(getter(server.url), {"env": "dev", "verticals": ["crm"], **wanted})


def test_a_healthy_command_center_has_good_rows_only(server: Any) -> None:
    rows = command_center_rows(server, vertical("crm"))

    assert bad(rows) == {}
    assert list(by_check(rows)) == ["configuration", "environment", "vertical crm"]


def test_a_configuration_that_was_refused_is_told(server: Any) -> None:
    rows = command_center_rows(server, vertical("crm"), error="verticals[3] has no url")

    assert bad(rows) == {"configuration": "verticals[3] has no url"}


def test_a_command_center_of_another_environment_is_bad(server: Any) -> None:
    assert bad(command_center_rows(server, vertical("crm"), env="prod")) == {"environment": "prod"}


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (vertical("crm", up=False, reason="timeout"), "down (timeout)"),
        (vertical("crm", stale=True), "stale"),
        (vertical("crm", up=False), "not asked yet"),
        (vertical("policy"), "unknown"),
    ],
    ids=["down", "stale", "not asked yet", "unknown"],
)
def test_a_vertical_that_is_not_up_is_bad(server: Any, answer: dict[str, Any], seen: str) -> None:
    assert bad(command_center_rows(server, answer))["vertical crm"] == seen


def test_a_vertical_that_should_not_be_asked_any_more_is_bad(server: Any) -> None:
    rows = command_center_rows(server, vertical("crm"), vertical("policy"))

    assert bad(rows) == {"vertical policy": "up"}
    assert by_check(rows)["vertical policy"]["wanted"] == "not asked"


# The demo verticals


def service(name: str, fault: str = "none") -> dict[str, Any]:
    return {"name": name, "kind": name, "port": 8101, "listening": True, "fault": fault, "heals_in_seconds": None}


def test_demo_verticals_are_good_without_a_fault(server: Any) -> None:
    server.put("/verticals", {"verticals": [service("crm"), service("media")]})

    assert bad(demo_verticals.rows(getter(server.url), {"services": ["crm", "media"]})) == {}


def test_a_demo_vertical_with_a_fault_and_one_that_is_missing_are_bad(server: Any) -> None:
    server.put("/verticals", {"verticals": [service("crm", fault="stall")]})

    rows = demo_verticals.rows(getter(server.url), {"services": ["crm", "media"]})

    assert bad(rows) == {"service crm": "stall", "service media": "unknown"}


# The inbox


def test_an_inbox_with_another_configuration_and_without_mail_is_bad(server: Any) -> None:
    server.put("/readyz", {"ready": True, "config_sha256": "old", "version": "0.1.0", "config_error": None})
    server.put("/api/messages", {"messages": []})
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # and does not listen
        mail = {"smtp_address": "127.0.0.1", "smtp_port": unused.getsockname()[1]}
        found = bad(inbox.rows(getter(server.url), {"config_sha256": "new", **mail}))

    assert list(found) == ["configuration", "mail"]
    assert found["mail"].startswith("does not answer: ")
