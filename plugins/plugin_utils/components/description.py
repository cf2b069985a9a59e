# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the package that describes a component."""

from __future__ import annotations

from importlib import import_module

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables


def describe(variables: Variables) -> Component:
    """The component of the role whose variables these are. Raises ConfigError."""
    package = __name__.rpartition(".")[0]
    found: Component = import_module(f"{package}.{variables.role}.describe").describe(variables)
    return found
