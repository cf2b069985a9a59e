# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.command_center_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: command_center_files
short_description: Command Center's configuration from inventory variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes C(command_center.json) out of the C(command_center_*) variables.
  - Each parameter is the variable of that name without C(command_center_), and errors name the variable.
positional: _input
options:
  _input:
    description: A mapping of the parameters below.
    type: dict
    required: true
  env:
    description: The environment (C(aether_env)), which becomes the label C(env) of every series.
    type: str
    choices: [dev, staging, prod]
    required: true
  host:
    description: The inventory name of the host that asks (C(inventory_hostname)).
    type: str
    required: true
  hosts:
    description: The inventory's groups as P(aetherlink.monitoring.group_targets#filter) returns them.
    type: dict
    required: true
  listen_address:
    description: IP address to listen on.
    type: str
    default: 127.0.0.1
  port:
    description: Port to listen on.
    type: int
    default: 8010
  tls:
    description: Whether it serves HTTPS, with the certificate in C(/etc/aetherlink/tls/command_center).
    type: bool
    default: false
  basic_auth:
    description: Whether it asks for a password, by the users of P(aetherlink.monitoring.command_center_users#filter).
    type: bool
    default: false
  interval:
    description: How often each vertical is asked, in seconds or as a duration like C(15s); at most O(stale_after).
    type: raw
    default: 15s
  timeout:
    description: How long an answer may take, at most O(interval).
    type: raw
    default: 10s
  stale_after:
    description: The age of a vertical's stats from which they are stale.
    type: raw
    default: 120s
  concurrency:
    description: How many verticals are asked at once, 1 to 1000.
    type: int
    default: 50
  max_body_bytes:
    description: The longest answer that is read, 1 KiB to 16 MiB.
    type: int
    default: 1048576
  top_keys:
    description: How many API keys have an attribution series of their own, 0 to 500.
    type: int
    default: 20
  state_dir:
    description: Directory for what Command Center keeps.
    type: str
    default: /var/lib/aetherlink/command_center
  secrets:
    description:
      - Names of the secrets that the release brings, V(digest_key) (as C(secrets/digest_key)) and V(aliases) (as
        C(secrets/aliases.json)). Never their values.
    type: list
    elements: str
    default: []
  verticals:
    description:
      - What to ask. Each has a C(name), a C(kind) (C(stats), the default, or C(exposition)), and either a C(url), or
        C(group) and C(port) with C(path) (C(/stats)) and C(scheme) (C(http)) for the one host of an inventory group.
      - C(totals) says which summary field or metric feeds each platform total (contacts, deals, jobs, properties,
        policies, uploads). Without it a C(stats) vertical feeds the totals of the same names, and C(total_files) feeds
        the uploads.
      - The kind C(exposition) takes C(timestamp_metric), C(attribution_metric) and C(attribution_label) too.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Two verticals, one by its inventory group and one by its URL
  ansible.builtin.debug:
    msg: "{{ params | aetherlink.monitoring.command_center_files }}"
  vars:
    params:
      env: "{{ aether_env }}"
      host: "{{ inventory_hostname }}"
      hosts: "{{ groups | aetherlink.monitoring.group_targets(hostvars, inventory_hostname) }}"
      verticals:
        - name: peakpro-crm
          group: crm
          port: 8001
          totals: {contacts: contacts, deals: deals}
        - name: media
          url: https://media.example/uploads/stats
          totals: {uploads: total_files}
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    command_center.json: "{\n  \"env\": \"dev\"\n}\n"
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.command_center import (
    config as command_center,
)


def command_center_files(params: dict[str, Any]) -> dict[str, str]:
    """The component's files by their path below etc/."""
    try:
        return command_center.files(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"command_center_files": command_center_files}
