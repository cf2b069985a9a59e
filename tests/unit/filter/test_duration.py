# SPDX-License-Identifier: GPL-3.0-or-later
"""duration: lets through what Prometheus takes for one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.filter.duration import duration


@pytest.mark.parametrize("good", ["15d", "1h30m", "1y"])
def test_a_duration_stays_as_it_is(good: str) -> None:
    assert duration(good, "prometheus_retention_time") == good


@pytest.mark.parametrize("bad", ["15 days", "15", 15, "0d", "", None, "1m1h"])
def test_what_is_none_is_refused_by_the_variables_name(bad: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^prometheus_retention_time is .*: write .* like 15s"):
        duration(bad, "prometheus_retention_time")
