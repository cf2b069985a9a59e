# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.verify`: reads out of the rendered files what is wanted, then asks the host once."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.expectations import expectations

CERTIFICATE_DAYS = 7


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(self._task.args)
        arguments["files"] = expectations(arguments["component"], arguments["files"])
        arguments.setdefault("certificate_days", self._days(task_vars))
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.verify", module_args=arguments, task_vars=task_vars
        )
        return result

    def _days(self, task_vars: dict[str, Any]) -> float:
        """A week, so that there is time to act; less where renewal begins later, which is no trouble before."""
        renew = self._templar.template(task_vars.get("aether_tls_renew_days", CERTIFICATE_DAYS))
        return min(CERTIFICATE_DAYS, renew) if isinstance(renew, int) else CERTIFICATE_DAYS
