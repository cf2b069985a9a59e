# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.alertmanager_config`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: alertmanager_config
short_description: Alertmanager's configuration and templates from the role's variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes what the role C(alertmanager) deploys, without deploying it.
  - Gives C(alertmanager.yml), the templates, and what the routing tests are run with.
positional: _input
extends_documentation_fragment: aetherlink.monitoring.role_variables
"""

EXAMPLES = r"""
- name: Show the alertmanager.yml that these variables make
  ansible.builtin.debug:
    msg: "{{ (variables | aetherlink.monitoring.alertmanager_config)['alertmanager.yml'] }}"
  vars:
    variables:
      aether_env: staging
      alertmanager_global: {}
      alertmanager_route: {receiver: nobody}
      alertmanager_receivers: [{name: nobody}]
      alertmanager_inhibit_rules: []
      alertmanager_time_intervals: []
      alertmanager_routing_tests: []
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    alertmanager.yml: "route:\n  receiver: nobody\n"
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.as_filter import filled


def alertmanager_config(variables: dict[str, Any]) -> dict[str, str]:
    """Text by path below etc/."""
    return filled("alertmanager", variables)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"alertmanager_config": alertmanager_config}
