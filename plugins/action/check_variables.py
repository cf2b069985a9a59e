# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.check_variables`: runs on the controller alone."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import options_of
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.variable_checks import refuse

ARGUMENTS: dict[str, Any] = {
    "role": {"type": "str", "default": ""},
    "prefix": {"type": "str", "default": ""},
    "options": {"type": "dict", "default": {}},
}


class ActionModule(Action):
    _requires_connection = False

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        options = options_of(p["role"]) if p["role"] else p["options"]
        prefix = f"{p['role']}_" if p["role"] else p["prefix"]
        owner = f"the role {p['role']}" if p["role"] else "this playbook"
        if sentence := refuse(prefix, options, task_vars, self._templar.template, owner):
            return {"failed": True, "msg": sentence}
        return {"changed": False}
