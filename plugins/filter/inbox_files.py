# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.inbox_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: inbox_files
short_description: Configuration of the inbox from inventory variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes C(inbox.json) out of the C(inbox_*) variables.
  - Each parameter is the variable of that name without C(inbox_), and errors name the variable.
positional: _input
options:
  _input:
    description: A mapping of the parameters below.
    type: dict
    required: true
  listen_address:
    description: IP address that it listens on, for HTTP and for mail.
    type: str
    default: 127.0.0.1
  port:
    description: Port of its page, its API, and of what it doubles of Slack and PagerDuty.
    type: int
    required: true
  smtp_port:
    description: Port of the mail server.
    type: int
    required: true
  keep:
    description: How many messages it keeps.
    type: int
    required: true
  smtp_username:
    description: The login that mail needs. Empty for none.
    type: str
    default: ""
  secrets:
    description: Texts by name, of which only the names get into the configuration.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: An inbox without a login
  ansible.builtin.debug:
    msg: "{{ params | aetherlink.monitoring.inbox_files }}"
  vars:
    params: {port: 8025, smtp_port: 1025, keep: 2000}
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    inbox.json: "{\n  \"keep\": 2000\n}\n"
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.inbox import config as inbox


def inbox_files(params: dict[str, Any]) -> dict[str, str]:
    """The component's files by their path below etc/."""
    try:
        return inbox.files(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"inbox_files": inbox_files}
