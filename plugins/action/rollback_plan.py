# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.rollback_plan`: what is meant, and whether the host can do it."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.rollback_scope import components_of

TEXTS = ("components", "part", "release", "reason")


class ActionModule(ActionBase):
    supports_raw_params = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        spec: dict[str, Any] = {name: {"type": "str", "default": ""} for name in TEXTS}
        _, p = self.validate_argument_spec(argument_spec={**spec, "hold": {"type": "bool", "default": True}})
        host, hosts = task_vars["inventory_hostname"], task_vars["ansible_play_hosts_all"]
        try:
            components = components_of(p["components"], p["part"], host, task_vars["groups"], hosts)
        except ConfigError as error:
            return {"failed": True, "msg": str(error)}
        plans: dict[str, Any] = {}
        for component in components:
            arguments = {name: p[name] for name in ("part", "release", "reason")}
            plans[component] = self._execute_module(
                "aetherlink.monitoring.component_rollback",
                module_args={"component": component, "state": "planned", **arguments},
                task_vars=task_vars,
            )
            if plans[component].get("failed"):
                return dict(plans[component])
        asked = {name: p[name] for name in ("part", "release", "reason", "hold")}
        return {"changed": False, "components": components, "plans": plans, **asked}
