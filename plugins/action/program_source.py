# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.program_source`: runs on the controller alone."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.program_source import missing

ARGUMENTS: dict[str, Any] = {
    "component": {"type": "str", "required": True},
    "method": {"type": "str", "choices": ["package", "archive"], "required": True},
    "repository": {"type": "dict", "default": {}},
    "archive": {"type": "dict", "default": {}},
    "version": {"type": "str", "default": ""},
    "architecture": {"type": "str", "default": ""},
}


class ActionModule(Action):
    _requires_connection = False

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        return {"changed": False, "missing": missing(p)}
