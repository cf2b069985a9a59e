# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.verify`: what the role's variables ask for is what the host is asked about, once."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.description import describe, module
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables

CERTIFICATE_DAYS = 7


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        asked = dict(self._task.args)
        v = Variables(str(asked.get("component")), task_vars, self._templar.template)
        try:
            v.check()
            component = describe(v)
        except (AnsibleError, ConfigError) as error:
            return {"failed": True, "msg": str(error)}
        arguments = {
            "url": component.url,
            "access": component.health_check.get("access", {}),
            "env": v["aether_env"],
            "files": module(component.name, "expectations").expectations(component.files),
            "version": component.program.get("version", ""),
            # A week, so that there is time to act; less where renewal begins later, which is no trouble before.
            "certificate_days": min(CERTIFICATE_DAYS, v["aether_tls_renew_days"]),
            **component.verify,
            **asked,
        }
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.verify", module_args=arguments, task_vars=task_vars
        )
        return result
