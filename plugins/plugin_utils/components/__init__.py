# SPDX-License-Identifier: GPL-3.0-or-later
"""The components there are, and the package below this one that describes each."""

from __future__ import annotations

from importlib import import_module

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables

COMPONENTS = ("demo_verticals", "inbox", "alertmanager", "command_center", "prometheus", "grafana")
"""In the order in which they are shown and rolled back: Alertmanager before Prometheus, which notifies it; Grafana,
which queries Prometheus, last."""


def describe(variables: Variables) -> Component:
    """The component of the role whose variables these are. Raises ConfigError."""
    found: Component = import_module(f"{__name__}.{variables.role}.describe").describe(variables)
    return found
