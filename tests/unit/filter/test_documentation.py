# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc says about the filters is what they take."""

from __future__ import annotations

from importlib import import_module

import pytest
import yaml

COLLECTION = "ansible_collections.aetherlink.monitoring.plugins"


@pytest.mark.parametrize("component", ["prometheus", "alertmanager", "command_center", "demo_verticals", "inbox"])
def test_documented_parameters_and_defaults_are_the_real_ones(component: str) -> None:
    plugin = import_module(f"{COLLECTION}.filter.{component}_files")
    module = import_module(f"{COLLECTION}.plugin_utils.components.{component}.config")
    options = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    options.pop("_input")
    assert set(options) == set(module._PARAMETERS)
    for name, option in options.items():
        assert bool(option.get("required")) == (name not in module._DEFAULTS), name
        if not option.get("required"):
            assert option["default"] == module._DEFAULTS[name], name


@pytest.mark.parametrize(
    "name",
    [
        "prometheus_files",
        "alertmanager_files",
        "command_center_files",
        "command_center_users",
        "demo_verticals_files",
        "inbox_files",
        "group_targets",
        "flags",
        "web_files",
        "alertmanager_cluster",
    ],
)
def test_examples_and_returns_are_yaml(name: str) -> None:
    plugin = import_module(f"{COLLECTION}.filter.{name}")
    assert list(plugin.FilterModule().filters()) == [name]
    assert yaml.safe_load(plugin.RETURN)["_value"]["type"] in ("dict", "str")
    assert "aetherlink.monitoring." + name in plugin.EXAMPLES
