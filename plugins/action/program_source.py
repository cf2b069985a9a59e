# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.program_source`: runs on the controller alone."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.program_source import missing

ARGUMENTS: dict[str, Any] = {
    "component": {"type": "str", "required": True},
    "method": {"type": "str", "choices": ["package", "archive"], "required": True},
    "repository": {"type": "dict", "default": {}},
    "archive": {"type": "dict", "default": {}},
    "version": {"type": "str", "default": ""},
    "architecture": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    supports_raw_params = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        return {"changed": False, "missing": missing(p)}
