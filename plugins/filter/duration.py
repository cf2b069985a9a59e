# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.duration`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: duration
short_description: A duration, checked
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Gives a duration back as it is, and refuses what is not one in Prometheus' syntax, or is zero.
  - For values that go to a component's command line, which only its start would check.
positional: _input, variable
options:
  _input:
    description: The duration.
    type: str
    required: true
  variable:
    description: Name of the variable for the error.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse 15, which has no unit, and 15 days
  ansible.builtin.debug:
    msg: "{{ prometheus_retention_time | aetherlink.monitoring.duration('prometheus_retention_time') }}"
"""

RETURN = r"""
_value:
  description: The duration.
  type: str
  sample: 15d
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import plain


def duration(value: Any, variable: str) -> str:
    try:
        checked = plain(value, variable)
        duration_ms(checked, variable)
        return str(checked)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"duration": duration}
