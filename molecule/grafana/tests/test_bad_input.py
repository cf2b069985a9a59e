# SPDX-License-Identifier: GPL-3.0-or-later
"""What only Grafana itself can tell. Mistakes that are refused before the switch are those of tests/bad_input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

testinfra_hosts = ["ansible://archive"]


def test_settings_that_grafana_would_ignore_are_refused_together(
    deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before = component("grafana").release()

    seen = deploy(grafana_ini={"server": {"read_timeout": "soon"}, "users": {"default_themes": "light"}}).refused()

    for sentence in (
        'grafana_ini.server.read_timeout is "soon", which would be ignored: write a number, or a duration like 30s',
        "grafana_ini.users.default_themes is no setting of this version, which would ignore it "
        '(did you mean "default_theme"?): correct it, or add users.default_themes to grafana_ini_known_keys',
    ):
        assert sentence in seen.output
    assert component("grafana").release() == before
    assert deploy().ok().changed == 0


def test_a_setting_that_grafana_refuses_is_switched_back(
    deploy: Callable[..., Any], component: Callable[[str], Any]
) -> None:
    before = component("grafana").release()

    seen = deploy(grafana_ini={"auth": {"login_maximum_lifetime_duration": "5 days"}}).refused()

    assert f"was switched back to {before}, which is healthy and running" in seen.output
    assert component("grafana").release() == before
    assert deploy().ok().changed == 0
