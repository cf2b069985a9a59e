# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.rollback_plan`: what is meant, and whether the host can do it."""

from __future__ import annotations

from typing import Any

from ansible import context
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import extra_vars as typed
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.rollback_scope import components_of

from .component_rollback import what

TEXTS = ("components", "part", "release", "reason")
HANDED_ON = ("part", "release", "reason", "hold")


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        spec: dict[str, Any] = {name: {"type": "str", "default": ""} for name in TEXTS}
        _result, p = self.validate_argument_spec(argument_spec={**spec, "hold": {"type": "bool", "default": True}})
        host = task_vars["inventory_hostname"]
        try:
            p["reason"] = typed.whole("reason", context.CLIARGS.get("extra_vars", ()), p["reason"])
            components = components_of(
                p["components"], p, host, task_vars["groups"], task_vars["ansible_play_hosts_all"]
            )
        except ConfigError as error:
            return {"failed": True, "msg": str(error)}
        plans: dict[str, Any] = {}
        for component in components:
            found = self._asked(component, {name: p[name] for name in HANDED_ON}, task_vars)
            if found.get("failed"):
                if found.get("not_deployed") and p["components"].strip() == "all":
                    self._display.display(f"{component} on {host}: was never deployed, and is left alone")
                    continue
                return found
            plans[component] = found
            done = "went back already, for the same reason" if found["done"] else what(p["part"], found)
            self._display.display(f"{component} on {host}: {clean(done)}")
        return {"changed": False, "components": list(plans), "plans": plans, **{name: p[name] for name in HANDED_ON}}

    def _asked(self, component: str, asked: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        return dict(
            self._execute_module(
                "aetherlink.monitoring.component_rollback",
                module_args={"component": component, "state": "planned", **asked},
                task_vars=task_vars,
            )
        )
