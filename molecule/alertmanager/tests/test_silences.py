# SPDX-License-Identifier: GPL-3.0-or-later
"""Silences by playbook, and for the time of a deploy; asked of the real Alertmanager, the oldest and the newest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://bookworm", "ansible://testing"]
URL = "http://127.0.0.1:9093/api/v2/silences"
CRM = {"silence_matchers": ['env="staging"', 'service=~"crm.*"', 'severity!="critical"'], "silence_comment": "a test's"}


@pytest.fixture
def silence(host: Host, run_playbook: Callable[..., Any]) -> Callable[..., Any]:
    name = str(host.backend.get_pytest_id()).removeprefix("ansible://")
    return lambda *arguments, **variables: run_playbook(
        "playbooks/silence.yml", f"--limit={name}", *arguments, variables={**CRM, **variables}
    )


def living(get: Any, comment: str = "a test's") -> list[dict[str, Any]]:
    return [s for s in get(URL) if s["status"]["state"] != "expired" and s["comment"] == comment]


def test_a_silence_is_made_once_extended_and_expired(silence: Callable[..., Any], get: Any) -> None:
    assert silence("--check").ok().changed == 1
    assert living(get) == []
    assert silence().ok().changed == 1
    assert silence().ok().changed == 0
    (made,) = living(get)
    assert {(m["name"], m["value"], m["isRegex"], m.get("isEqual", True)) for m in made["matchers"]} == {
        ("env", "staging", False, True),
        ("service", "crm.*", True, True),
        ("severity", "critical", False, False),
    }
    assert silence(silence_duration="3h").ok().changed == 1
    (longer,) = living(get)
    left = datetime.fromisoformat(longer["endsAt"][:19] + "+00:00") - datetime.now(timezone.utc)
    assert timedelta(hours=2, minutes=55) < left < timedelta(hours=3, minutes=1)
    assert silence(silence_state="absent").ok().changed == 1
    assert living(get) == []
    assert silence(silence_state="absent").ok().changed == 0


def test_a_deploy_silences_its_host_and_lifts_that_also_when_it_fails(
    host: Host, get: Any, deploy: Callable[..., Any], afterwards_as_before: None
) -> None:
    name = str(host.backend.get_pytest_id()).removeprefix("ansible://")
    before = len(get(URL))
    deploy(aether_deploy_silence="5m", alertmanager_flags={"data.retention": "36h"}).ok()
    refused = {"alertmanager_route": {"receiver": "nobody"}}  # breaks a routing test
    deploy(aether_deploy_silence="5m", **refused).refused()
    made = [s for s in get(URL) if s["comment"] == f"deploy of alertmanager to {name}"]
    assert [s["status"]["state"] for s in made] == ["expired"] * 2
    assert len(get(URL)) == before + 2
    (matcher,) = made[0]["matchers"]
    assert (matcher["name"], matcher["value"]) == ("instance", f"{name}:.*")
