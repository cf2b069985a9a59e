# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc says about the filters can be tried: examples and returned values are YAML, and name the filter."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import yaml

PLUGINS = Path(__file__).parents[3] / "plugins" / "filter"


@pytest.mark.parametrize("name", sorted(path.stem for path in PLUGINS.glob("*.py")))
def test_examples_and_returns_are_yaml(name: str) -> None:
    plugin = import_module(f"ansible_collections.aetherlink.monitoring.plugins.filter.{name}")
    assert list(plugin.FilterModule().filters()) == [name]
    assert yaml.safe_load(plugin.RETURN)["_value"]["type"] in ("dict", "str", "list")
    assert yaml.safe_load(plugin.EXAMPLES)
    assert "aetherlink.monitoring." + name in plugin.EXAMPLES
