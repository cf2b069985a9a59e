# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.alertmanager_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: alertmanager_files
short_description: Alertmanager's configuration and templates from inventory variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes C(alertmanager.yml), C(templates/<name>.tmpl) and, for the check, C(routing_tests.json) out of the
    C(alertmanager_*) variables.
  - Each parameter is the variable of that name without C(alertmanager_), and errors name the variable.
  - Native keys pass through unchanged, also those of newer versions; C(amtool) validates them on the host.
  - Secrets in plain text and URLs with credentials are refused; the files that hold them are named by whole paths.
positional: _input
options:
  _input:
    description: A mapping of the parameters below.
    type: dict
    required: true
  global_builtin:
    description: The C(global) section that the role makes of its mail variables.
    type: dict
    default: {}
  global:
    description: The native C(global) section, merged over O(global_builtin).
    type: dict
    default: {}
  route:
    description: The native routing tree, with C(matchers). Every receiver and time interval that it names must exist.
    type: dict
    required: true
  receivers:
    description: Native receivers with unique names.
    type: list
    elements: dict
    required: true
  inhibit_rules:
    description: Native inhibition rules, with C(source_matchers) and C(target_matchers).
    type: list
    elements: dict
    default: []
  time_intervals:
    description: Native time intervals with unique names.
    type: list
    elements: dict
    default: []
  templates_builtin:
    description: Templates that the role brings, in the form of O(templates).
    type: dict
    default: {}
  templates:
    description: Text of notification templates by name. Their braces are not Ansible's, so mark them with C(!unsafe).
    type: dict
    default: {}
  routing_tests:
    description:
      - What the routes must do. Each has C(name), C(alert) (labels), and C(receivers), all of them; or C(inhibited) or
        C(grouped) with C(firing), the labels of alerts that fire too; or C(at), a moment, with C(receivers) and those
        of them that are C(muted) then.
    type: list
    elements: dict
    default: []
  extra_config:
    description: Any native top-level sections, merged with those that the other parameters make.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: One receiver for everything, another one for production
  ansible.builtin.debug:
    msg: "{{ params | aetherlink.monitoring.alertmanager_files }}"
  vars:
    params:
      route:
        receiver: slack-dev
        group_by: [alertname, env]
        routes:
          - receiver: pagerduty-oncall
            matchers: ['env="prod"']
      receivers:
        - name: slack-dev
          slack_configs:
            - channel: "#alerts-dev"
              api_url_file: /etc/aetherlink/alertmanager/secrets/slack_url
        - name: pagerduty-oncall
          pagerduty_configs:
            - routing_key_file: /etc/aetherlink/alertmanager/secrets/pagerduty_key
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    alertmanager.yml: "route:\n  receiver: slack-dev\n"
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager import (
    config as alertmanager,
)


def alertmanager_files(params: dict[str, Any]) -> dict[str, str]:
    """The component's files by their path below etc/."""
    try:
        return alertmanager.files(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"alertmanager_files": alertmanager_files}
