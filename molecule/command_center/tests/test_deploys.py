# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy does to a running Command Center: counters survive, and a bad release does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

testinfra_hosts = ["ansible://bookworm", "ansible://testing"]  # the oldest and the newest Python
pytestmark = pytest.mark.usefixtures("afterwards_as_before")
URL = "http://127.0.0.1:8010"
CRM = {"name": "crm", "url": "http://127.0.0.1:8101/stats"}

Deploy = Callable[..., Any]


@pytest.fixture
def command_center(component: Callable[[str], Any]) -> Any:
    return component("command_center")


def asks(get: Any, service: str) -> float:
    """How often the vertical was asked."""
    name = "aether_verticals_scrape_duration_seconds_count"
    samples = [s for family in text_string_to_metric_families(get(f"{URL}/metrics")) for s in family.samples]
    return next((s.value for s in samples if s.name == name and s.labels["service"] == service), 0)


def verticals(get: Any) -> list[str]:
    return [vertical["name"] for vertical in get(f"{URL}/api/fleet")["verticals"]]


def test_other_verticals_are_reloaded_without_losing_counters(command_center: Any, deploy: Deploy, get: Any) -> None:
    process, before = command_center.process(), asks(get, "crm")
    assert before > 0
    deploy(command_center_verticals=[CRM, {"name": "more", "url": "http://127.0.0.1:8102/stats"}]).ok()
    assert verticals(get) == ["crm", "more"]
    assert asks(get, "crm") >= before
    assert command_center.process() == process
    assert command_center.journal()[-1]["action"] == "reload"


def test_another_port_needs_a_restart_and_gets_one(command_center: Any, deploy: Deploy, get: Any) -> None:
    process = command_center.process()
    deploy(command_center_port=8011).ok()
    assert get("http://127.0.0.1:8011/readyz")["ready"] is True
    assert command_center.process() != process


def test_a_release_that_cannot_listen_is_switched_back(command_center: Any, deploy: Deploy, get: Any) -> None:
    release = command_center.release()
    seen = deploy(command_center_port=8101, command_center_health_timeout=10, command_center_skip_check=True).refused()
    assert "listen cannot be used (Address already in use)" in seen.output, "the service's own words are missing"
    assert f"switched back to {release}, which is healthy and running" in seen.output
    assert command_center.release() == release
    assert get(f"{URL}/readyz")["ready"] is True
    assert deploy().ok().changed == 0
