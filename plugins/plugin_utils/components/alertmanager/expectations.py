# SPDX-License-Identifier: GPL-3.0-or-later
"""What `verify` expects of Alertmanager, from the files that are deployed."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse


def expectations(files: dict[str, str]) -> dict[str, Any]:
    """The `wanted` of module_utils/verify/alertmanager_rows.py, without env and version."""
    return {"receivers": [receiver["name"] for receiver in parse(files["alertmanager.yml"])["receivers"]]}
