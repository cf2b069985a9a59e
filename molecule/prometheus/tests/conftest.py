# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the Prometheus of a host."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

API = "http://127.0.0.1:9090/api/v1"


@pytest.fixture
def prometheus(component: Callable[[str], Any]) -> Any:
    return component("prometheus")


@pytest.fixture
def has_jobs(get: Callable[[str], Any]) -> Callable[..., bool]:
    """has_jobs("prometheus", "extra"): whether it has these and no others, in time, but for one that may be there."""

    def check(*wanted: str, maybe: str = "") -> bool:
        deadline = time.monotonic() + 15  # Prometheus takes up to 5 s from a load of its configuration to the targets
        while True:
            found = {target["scrapePool"] for target in get(f"{API}/targets?state=active")["data"]["activeTargets"]}
            if (well := found - {maybe} == set(wanted)) or time.monotonic() > deadline:
                return well
            time.sleep(0.3)

    return check
