# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.check_variables`: runs on the controller alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import check_unknown_variables

ROLES = Path(__file__).resolve().parents[2] / "roles"


class ActionModule(ActionBase):
    supports_raw_params = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, p = self.validate_argument_spec(argument_spec={"role": {"type": "str", "required": True}})
        spec = yaml.safe_load((ROLES / p["role"] / "meta" / "argument_specs.yml").read_text())
        known = spec["argument_specs"]["main"]["options"]
        sentence = check_unknown_variables(f"{p['role']}_", list(task_vars or {}), list(known))
        return {"failed": True, "msg": sentence} if sentence else {"changed": False}
