# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.group_targets`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: group_targets
short_description: The hosts of inventory groups with the addresses to reach them by
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Gives each host of each inventory group an address, as seen from one host. That is C(aether_address), else
    C(ansible_host), else the host's name.
  - That host itself is at what the component that the group is named after listens on, C(<group>_listen_address),
    or at the loopback address where that is unset or a wildcard. A component with TLS on a wildcard is asked where
    other hosts ask it, since that is what its certificate names.
  - The hosts of the groups C(prometheus), C(alertmanager) and C(command_center) have a C(port) too. That is their own
    C(<group>_port), or the role's default.
  - The hosts of these groups and of C(grafana) have C(tls), whether the component serves HTTPS there. That is their own
    C(<group>_tls), else C(aether_tls), else false.
positional: _input, hostvars, for_host
options:
  _input:
    description: The inventory's groups (C(groups)).
    type: dict
    required: true
  hostvars:
    description: The hosts' variables (C(hostvars)).
    type: dict
    required: true
  for_host:
    description: The host that is going to reach the others (C(inventory_hostname)).
    type: str
    required: true
  only:
    description: Names of the groups wanted. Without it, all of them.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Where the hosts of the group alertmanager are
  ansible.builtin.debug:
    msg: "{{ (groups | aetherlink.monitoring.group_targets(hostvars, inventory_hostname)).alertmanager }}"
"""

RETURN = r"""
_value:
  description:
    - The hosts of each group in the inventory's order, each with C(name), C(address), C(local), C(port), C(tls).
  type: dict
  sample:
    alertmanager:
      - {name: mon1, address: 127.0.0.1, local: true, port: 9093, tls: false}
      - {name: mon2, address: 10.0.0.12, local: false, port: 9093, tls: false}
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import targets
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.facts import HostVariables


def group_targets(
    groups: dict[str, list[str]], hostvars: Any, for_host: str, only: list[str] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """{group: [{name, address, local, port, tls}]} as seen from one host."""
    try:
        return targets.group_targets(groups, HostVariables(hostvars), for_host, only)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"group_targets": group_targets}
