# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.check_variables`: runs on the controller alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import check_unknown_variables

ROLES = Path(__file__).resolve().parents[2] / "roles"


class ActionModule(ActionBase):
    supports_raw_params = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        spec = {"role": {"type": "str", "required": True}, "render": {"type": "str", "default": ""}}
        _, p = self.validate_argument_spec(argument_spec=spec)
        sentence = misspelt(p["role"], task_vars)
        if not sentence and p["render"]:
            try:
                self._templar.template(task_vars[p["render"]])
            except AnsibleError as error:
                sentence = innermost(error)
        return {"failed": True, "msg": sentence} if sentence else {"changed": False}


def misspelt(role: str, variables: dict[str, Any]) -> str | None:
    spec = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())
    return check_unknown_variables(f"{role}_", list(variables), list(spec["argument_specs"]["main"]["options"]))


def innermost(error: BaseException) -> str:
    """The sentence of the plugin that failed, without what Ansible says on the way up about templates and plugins."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "message", None) or error)
