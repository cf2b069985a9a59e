# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.grafana_provisioning`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: grafana_provisioning
short_description: grafana.ini, provisioning files and dashboards from the role's variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes what the role C(grafana) deploys, without deploying it.
  - Gives C(grafana.ini), the files of C(provisioning/) and C(dashboards/).
positional: _input
extends_documentation_fragment: aetherlink.monitoring.role_variables
"""

EXAMPLES = r"""
- name: Show the data sources that these variables make
  ansible.builtin.debug:
    msg: "{{ (variables | aetherlink.monitoring.grafana_provisioning)['provisioning/datasources/aetherlink.yml'] }}"
  vars:
    variables:
      aether_env: staging
      groups: "{{ groups }}"
      hostvars: "{{ hostvars }}"
      grafana_tls: false
      grafana_root_url: https://grafana.example.org/
      grafana_secrets: {admin_password: "{{ vault_admin }}", secret_key: "{{ vault_key }}"}
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    grafana.ini: "[server]\n"
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.as_filter import filled


def grafana_provisioning(variables: dict[str, Any]) -> dict[str, str]:
    """Text by path below etc/."""
    return filled("grafana", variables)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"grafana_provisioning": grafana_provisioning}
