# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.prometheus_config`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: prometheus_config
short_description: Prometheus' configuration and rule files from the role's variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes what the role C(prometheus) deploys, without deploying it.
  - Gives C(prometheus.yml), one C(rules/<group>.yml) for each rule group and the tests of the rules.
positional: _input
extends_documentation_fragment: aetherlink.monitoring.role_variables
"""

EXAMPLES = r"""
- name: Show the prometheus.yml that these variables make
  ansible.builtin.debug:
    msg: "{{ (variables | aetherlink.monitoring.prometheus_config)['prometheus.yml'] }}"
  vars:
    variables:
      aether_env: staging
      inventory_hostname: "{{ inventory_hostname }}"
      groups: "{{ groups }}"
      hostvars: "{{ hostvars }}"
      prometheus_scrape_jobs:
        - {job_name: node, groups: [node_exporter], port: 9100}
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    prometheus.yml: "global:\n  scrape_interval: 15s\n"
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.as_filter import filled


def prometheus_config(variables: dict[str, Any]) -> dict[str, str]:
    """Text by path below etc/."""
    return filled("prometheus", variables)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"prometheus_config": prometheus_config}
