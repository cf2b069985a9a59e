# SPDX-License-Identifier: GPL-3.0-or-later
"""A component's configuration for a filter, outside of a role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.description import module
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables


def filled(role: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Text by path below etc/ that the role's variables make. Raises AnsibleFilterError."""
    try:
        files: dict[str, str] = module(role, "describe").configuration(Variables.given(role, values))
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None
    return files
