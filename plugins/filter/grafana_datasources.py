# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.grafana_datasources`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: grafana_datasources
short_description: The data sources that Grafana has to have after a deploy
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Of the data sources that P(aetherlink.monitoring.grafana_files#filter) makes, what a deploy asks Grafana about.
positional: _input
options:
  _input:
    description: The parameters of P(aetherlink.monitoring.grafana_files#filter).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: The data sources of Grafana
  ansible.builtin.set_fact:
    wanted: "{{ params | aetherlink.monitoring.grafana_datasources }}"
"""

RETURN = r"""
_value:
  description: Of each its C(name), C(uid) and C(url).
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import config as grafana


def grafana_datasources(params: dict[str, Any]) -> list[dict[str, str]]:
    """[{name, uid, url}]."""
    try:
        return grafana.datasources(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"grafana_datasources": grafana_datasources}
