# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.component_certificate`: makes or reads it, then brings it to the host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import transit
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.author import author
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.description import describe
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import (
    Variables,
    inventory_dir,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls import certificates


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec={"component": {"type": "str", "required": True}})
        try:
            v = Variables(p["component"], task_vars, self._templar.template)
            component = describe(v)
            want = certificates.wanted(component, v, inventory_dir(task_vars))
            if want is None:
                return {"changed": False, "skipped": True}
            if self._task.check_mode:
                certificates.rehearse(want, self._read)
                return {"changed": True}
            texts = certificates.make(want, self._read, author())
        except (AnsibleError, ConfigError) as error:
            return {"failed": True, "msg": str(error)}
        transit.warn(self._connection, task_vars["inventory_hostname"], self._display)
        arguments = {"component": component.name, "group": component.user, **texts}
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.component_certificate", module_args=arguments, task_vars=task_vars
        )
        return result

    def _read(self, path: Path) -> str:
        return certificates.read(path, self._loader)
