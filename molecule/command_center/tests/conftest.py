# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the Command Center of a host until it is as a test wants it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

URL = "http://127.0.0.1:8010"
VERTICALS = ("crm", "roofing", "policy", "property", "media")
Metrics = dict[tuple[str, ...], float]


@pytest.fixture
def metrics(get: Callable[[str], Any]) -> Callable[[], Metrics]:
    """metrics()["aether_service_up", "crm"]: by name, then label values in the order of their names, without env."""

    def read() -> Metrics:
        samples = [s for family in text_string_to_metric_families(get(f"{URL}/metrics")) for s in family.samples]
        assert {s.labels["env"] for s in samples} == {"staging"}
        return {
            (s.name, *(value for name, value in sorted(s.labels.items()) if name != "env")): s.value for s in samples
        }

    return read


@pytest.fixture
def eventually() -> Callable[..., bool]:
    """eventually(condition): whether it comes to hold."""

    def wait(condition: Callable[[], bool], seconds: float = 12) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.3)
        return True

    return wait


@pytest.fixture
def all_up(metrics: Callable[[], Metrics], eventually: Callable[..., bool]) -> None:
    """Whatever an earlier test broke is well again."""

    def well() -> bool:
        seen = metrics()
        return all(
            seen.get(("aether_service_up", name)) == 1 and seen.get(("aether_service_stale", name)) == 0
            for name in VERTICALS
        )

    assert eventually(well)
