# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.demo_verticals_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: demo_verticals_files
short_description: Configuration of the demo verticals from inventory variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes C(demo_verticals.json) out of the C(demo_verticals_*) variables.
  - Each parameter is the variable of that name without C(demo_verticals_), and errors name the variable.
positional: _input
options:
  _input:
    description: A mapping of the parameters below.
    type: dict
    required: true
  listen_address:
    description: IP address that the services listen on.
    type: str
    default: 127.0.0.1
  admin_address:
    description: IP address that the admin endpoint listens on.
    type: str
    default: 127.0.0.1
  admin_port:
    description: Port of the admin endpoint, where services are told to fail, stall, go stale or lie.
    type: int
    required: true
  services:
    description: The services, each with C(name), C(kind) (crm, roofing, policy, property or media) and C(port).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: One service
  ansible.builtin.debug:
    msg: "{{ params | aetherlink.monitoring.demo_verticals_files }}"
  vars:
    params:
      admin_port: 8100
      services:
        - {name: peakpro-crm, kind: crm, port: 8101}
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    demo_verticals.json: "{\n  \"services\": []\n}\n"
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.demo_verticals import (
    config as demo_verticals,
)


def demo_verticals_files(params: dict[str, Any]) -> dict[str, str]:
    """The component's files by their path below etc/."""
    try:
        return demo_verticals.files(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"demo_verticals_files": demo_verticals_files}
