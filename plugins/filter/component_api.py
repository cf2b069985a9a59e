# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.component_api`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: component_api
short_description: How a component is asked on its own host
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Gives the C(url) of a component as its own host reaches it, and the C(access) for the modules of this collection.
  - Both come of the host's variables (C(<component>_listen_address), C(<component>_port), C(<component>_tls),
    C(aether_tls), C(aether_web_user), C(aether_web_password)), with the roles' defaults for those that are not set.
  - There is no password in it, but the path of the file on the host that has it. Who reads that has to be root.
positional: _input, component
options:
  _input:
    description: The host's variables (C(hostvars[host]), or C(vars) of the host itself).
    type: dict
    required: true
  component:
    description: The component.
    type: str
    choices: [command_center, prometheus, alertmanager, grafana]
    required: true
"""

EXAMPLES = r"""
- name: Silence the CRM service
  vars:
    api: "{{ hostvars[inventory_hostname] | aetherlink.monitoring.component_api('alertmanager') }}"
  aetherlink.monitoring.alertmanager_silence:
    url: "{{ api.url }}"
    access: "{{ api.access }}"
    matchers: ['service="crm"']
    comment: database migration
"""

RETURN = r"""
_value:
  description:
    - The C(url), and C(access) with C(certificate_file), C(user) and C(password_file), of which each may be empty.
  type: dict
  sample:
    url: https://127.0.0.1:9093
    access:
      certificate_file: /etc/aetherlink/tls/alertmanager/certificate.pem
      user: aetherlink
      password_file: /opt/aetherlink/alertmanager/current/etc/secrets/web_password
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import facts
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import component_api as config


def component_api(variables: Any, component: str) -> dict[str, Any]:
    if sentence := facts.refuse(str(variables.get("inventory_hostname", "")), variables):
        raise AnsibleFilterError(sentence)
    try:
        return config.component_api(variables, component)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"component_api": component_api}
