# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.command_center_config`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: command_center_config
short_description: Command Center's configuration from the role's variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes what the role C(command_center) deploys, without deploying it.
  - Gives C(command_center.json).
positional: _input
extends_documentation_fragment: aetherlink.monitoring.role_variables
"""

EXAMPLES = r"""
- name: Show the configuration that these variables make
  ansible.builtin.debug:
    msg: "{{ (variables | aetherlink.monitoring.command_center_config)['command_center.json'] }}"
  vars:
    variables:
      aether_env: staging
      command_center_tls: false
      command_center_verticals:
        - {name: crm, url: "https://crm.example.org/stats"}
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    command_center.json: "{...}"
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.as_filter import filled


def command_center_config(variables: dict[str, Any]) -> dict[str, str]:
    """Text by path below etc/."""
    return filled("command_center", variables)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"command_center_config": command_center_config}
