# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.alertmanager_cluster`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: alertmanager_cluster
short_description: The flags and files by which an Alertmanager finds its peers
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - The other hosts of the group C(alertmanager) are the peers, each at its C(aether_address), C(ansible_host) or name
    and the port of its own C(alertmanager_cluster_listen_address).
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
    description: The host whose Alertmanager it is (C(inventory_hostname)).
    type: str
    required: true
  listen:
    description: Address and port for its peers. Empty for no cluster.
    type: str
    required: true
  tls:
    description: Whether peers show each other certificates (mutual TLS), those in C(/etc/aetherlink/tls/alertmanager).
    type: bool
    default: false
  server_name:
    description: The name that the certificate of every peer has.
    type: str
    default: alertmanager-cluster
  check_peer_names:
    description:
      - Whether a peer that connects must show a certificate with O(server_name), too, and not just any certificate of
        the authority. Needs Alertmanager 0.26 or newer.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: The cluster of this host
  ansible.builtin.debug:
    msg: "{{ groups | aetherlink.monitoring.alertmanager_cluster(hostvars, inventory_hostname, listen=':9094') }}"
"""

RETURN = r"""
_value:
  description: C(flags) by name, and C(files), text by path below C(etc/).
  type: dict
  sample:
    flags: {cluster.listen-address: "0.0.0.0:9094", cluster.peer: ["10.0.0.12:9094"]}
    files: {}
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.cluster import (
    SERVER_NAME,
    cluster,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.facts import HostVariables


def alertmanager_cluster(
    groups: dict[str, list[str]],
    hostvars: Any,
    for_host: str,
    *,
    listen: str,
    tls: bool = False,
    server_name: str = SERVER_NAME,
    check_peer_names: bool = False,
) -> dict[str, Any]:
    """{flags, files}."""
    settings = {"listen": listen, "tls": tls, "server_name": server_name, "check_peer_names": check_peer_names}
    try:
        return cluster(groups, HostVariables(hostvars), for_host, settings)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"alertmanager_cluster": alertmanager_cluster}
