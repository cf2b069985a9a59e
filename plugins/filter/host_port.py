# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.host_port`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: host_port
short_description: An address with a port
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Joins an address and a port, with the brackets that IPv6 wants.
  - With O(local), a wildcard address becomes the loopback address, at which the host itself reaches the service.
positional: _input, port
options:
  _input:
    description: Host name or IP address.
    type: str
    required: true
  port:
    description: The port.
    type: int
    required: true
  local:
    description: Give what the host itself connects to instead of what the service listens on.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Where Prometheus answers on its own host
  ansible.builtin.debug:
    msg: "http://{{ '0.0.0.0' | aetherlink.monitoring.host_port(9090, local=true) }}/"
"""

RETURN = r"""
_value:
  description: Address and port.
  type: str
  sample: 127.0.0.1:9090
"""

from collections.abc import Callable

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import reachable, with_port


def host_port(address: str, port: int, local: bool = False) -> str:
    return with_port(reachable(address) if local else address, port)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"host_port": host_port}
