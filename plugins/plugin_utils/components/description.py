# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the modules of a component's package: describe, expectations, summary."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables


def describe(variables: Variables) -> Component:
    """The component of the role whose variables these are. Raises ConfigError."""
    found: Component = module(variables.role, "describe").describe(variables)
    return found


def module(component: str, name: str) -> Any:
    """`name` of the component's package."""
    return import_module(f"{__name__.rpartition('.')[0]}.{component}.{name}")
