# SPDX-License-Identifier: GPL-3.0-or-later
"""A component's description for tests, of which only what they give matters."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component


def described(name: str = "prometheus", **fields: Any) -> Component:
    required: dict[str, Any] = {
        "user": name,
        "unit": {},
        "files": {},
        "flags": "",
        "program": {},
        "checks": [],
        "health_check": {},
        "skip_check": False,
        "keep": 5,
        "lock_timeout": 60,
    }
    return Component(name=name, **{**required, **fields})
