# SPDX-License-Identifier: GPL-3.0-or-later
"""The action `verify`: what the host is asked for. The module itself is tested in tests/unit/verify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

SERVICES = {"demo_verticals_services": [{"name": "crm", "kind": "crm", "port": 8101}]}


@pytest.mark.parametrize(
    ("variables", "days"),
    [
        ({}, 7),
        ({"aether_tls_renew_days": 30}, 7),
        ({"aether_tls_renew_days": 2}, 2),
        ({"aether_tls_renew_days": trust_as_template("{{ 1 + 1 }}")}, 2),
    ],
)
def test_a_certificate_is_no_trouble_before_a_run_would_renew_it(
    act: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any], days: int
) -> None:
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_self, **asked: asked["module_args"])

    host = {"inventory_hostname": "mon1", "groups": {}, "hostvars": {"mon1": {}}, "aether_env": "dev"}
    asked = act("verify", {**host, **SERVICES, **variables}, component="demo_verticals")

    assert not asked.get("failed"), asked
    assert asked["certificate_days"] == days
