# SPDX-License-Identifier: GPL-3.0-or-later
"""What only Grafana itself can tell. Mistakes that are refused before the switch are those of tests/bad_input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

testinfra_hosts = ["ansible://archive"]


def test_a_setting_that_grafana_refuses_is_switched_back(
    deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before = component("grafana").release()

    seen = deploy(grafana_ini={"server": {"read_timeout": "soon"}}).refused()

    assert f"was switched back to {before}, which is proven and running" in seen.output
    assert component("grafana").release() == before
    assert deploy().ok().changed == 0
