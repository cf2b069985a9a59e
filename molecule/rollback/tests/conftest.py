# SPDX-License-Identifier: GPL-3.0-or-later
"""What rolling back takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

JOB = {"job_name": "extra", "static_configs": [{"targets": ["127.0.0.1:9090"]}]}


@pytest.fixture
def unheld(deploy: Any) -> Any:
    """Whatever a test did, nothing is held for the next one, and all is as the inventory wants it."""
    yield
    if not deploy.as_wanted:
        deploy(unhold=True).ok()


@pytest.fixture
def job() -> dict[str, Any]:
    """A scrape job whose target is up."""
    return JOB


@pytest.fixture
def rule() -> Callable[[str], list[dict[str, Any]]]:
    """rule("ours"): a rule group with one recording."""
    return lambda name: [{"name": name, "rules": [{"record": f"job:{name}:sum", "expr": "sum by (job) (up)"}]}]
