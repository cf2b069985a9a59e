# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.secret_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secret_files
short_description: Secrets of the inventory as files of a release
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Gives each secret the file C(secrets/<name>) below the component's C(etc/), where the configuration refers to it. A
    mapping becomes C(secrets/<name>.json).
positional: _input
options:
  _input:
    description: Secrets by name.
    type: dict
    required: true
  variable:
    description: The inventory variable that they come from, for error messages.
    type: str
    default: secrets
  shortest:
    description: How many characters a secret has to have at least, by name.
    type: dict
"""

EXAMPLES = r"""
- name: The secrets of Alertmanager
  ansible.builtin.set_fact:
    files: "{{ {'slack_url': vault_slack_url} | aetherlink.monitoring.secret_files('alertmanager_secrets') }}"
"""

RETURN = r"""
_value:
  description: Text by path below C(etc/).
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import secret_files as logic


def secret_files(
    secrets: dict[str, Any], variable: str = "secrets", shortest: dict[str, int] | None = None
) -> dict[str, str]:
    """The `secrets` option of the release module."""
    try:
        return logic.secret_files(secrets, variable, shortest)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"secret_files": secret_files}
