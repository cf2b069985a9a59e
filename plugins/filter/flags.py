# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.flags`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: flags
short_description: A command line as an environment file for systemd
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes the line C(ARGS="--name=value ...") out of a mapping. A unit that has it as its C(EnvironmentFile=) and an
    unquoted C($ARGS) in C(ExecStart=) starts the program with exactly these words, also where a value has spaces,
    quotes or backslashes.
positional: _input
options:
  _input:
    description:
      - Flags by name, without leading dashes. V(true) gives the bare flag, V(false) and V(null) leave it out, a list
        repeats it.
    type: dict
    required: true
  extra:
    description: More flags, of the user's, which may not name one of C(_input) or O(reserved).
    type: dict
    default: {}
  reserved:
    description: Flags that only the role may set.
    type: list
    elements: str
    default: []
  variable:
    description: The inventory variable that O(extra) comes from, for error messages.
    type: str
    default: flags
"""

EXAMPLES = r"""
- name: The role's flags and the user's
  ansible.builtin.debug:
    msg: "{{ managed | aetherlink.monitoring.flags(extra=prometheus_extra_flags, variable='prometheus_extra_flags') }}"
  vars:
    managed:
      web.listen-address: 127.0.0.1:9090
      web.enable-lifecycle: true
    prometheus_extra_flags:
      query.max-samples: 1000000
# ARGS="--web.listen-address=127.0.0.1:9090 --web.enable-lifecycle --query.max-samples=1000000"
"""

RETURN = r"""
_value:
  description: The text of the environment file, one line.
  type: str
  sample: 'ARGS="--web.listen-address=127.0.0.1:9090 --web.enable-lifecycle"'
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text


def flags(
    managed: dict[str, Any],
    extra: dict[str, Any] | None = None,
    reserved: list[str] | None = None,
    variable: str = "flags",
) -> str:
    """The text of flags.env."""
    try:
        return flags_text(managed, extra, reserved or (), variable)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"flags": flags}
