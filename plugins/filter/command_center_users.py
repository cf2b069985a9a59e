# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.command_center_users`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: command_center_users
short_description: Who may ask Command Center, as files of a release
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes C(secrets/web_users), the users with scrypt hashes of their passwords, always the same ones, and
    C(secrets/web_password), the password of the machine user, which root alone needs to read. Both belong among the
    component's secrets.
positional: _input
options:
  _input:
    description: Parameters, the options below.
    type: dict
    required: true
  env:
    description: The environment (C(aether_env)). Outside V(dev) a password has at least 12 characters.
    type: str
    choices: [dev, staging, prod]
    required: true
  host:
    description: The inventory name of the host (C(inventory_hostname)).
    type: str
    required: true
  user:
    description: The name of the machines (C(aether_web_user)).
    type: str
    default: aetherlink
  password:
    description: Their password (C(aether_web_password)). Empty where nobody is asked for one.
    type: str
    default: ""
  also:
    description:
      - Other machine users and their passwords (C(aether_web_also)), let in as O(user) is, with the logins of their
        callers.
    type: dict
    default: {}
  people:
    description: Passwords of people by name (C(command_center_basic_auth_users)).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Command Center for who knows the password
  ansible.builtin.set_fact:
    files: "{{ params | aetherlink.monitoring.command_center_users }}"
  vars:
    params:
      env: "{{ aether_env }}"
      host: "{{ inventory_hostname }}"
      password: "{{ vault_web_password }}"
"""

RETURN = r"""
_value:
  description: Text by path below C(etc/). Empty where nobody is asked for a password.
  type: dict
  sample:
    secrets/web_users: "aetherlink:scrypt$4096$6$...$...\n"
    secrets/web_password: "..."
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.command_center import (
    config as command_center,
)


def command_center_users(params: dict[str, Any]) -> dict[str, str]:
    """{path below etc/: text}."""
    try:
        return command_center.users_files(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"command_center_users": command_center_users}
