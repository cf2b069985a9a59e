# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every action of this collection has in common: no host sets variables or commands the operator's terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins import AnsiblePlugin
from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean, printable

from . import facts

LINES = ("details", "reasons", "warnings")


class Action(ActionBase):
    """By itself it runs the task's module on the host. An action that does more has an `act` of its own."""

    supports_raw_params = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        # Most hosts have no facts, and then nothing is looked up.
        connection = self._connection_variables() if task_vars.get(facts.FACTS) else ()
        if sentence := facts.refuse(str(task_vars.get("inventory_hostname", "")), task_vars, connection):
            return {"failed": True, "msg": sentence}
        return self.act(task_vars)

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        return self._execute_module(module_args=dict(self._task.args), task_vars=task_vars)

    def _execute_module(self, *args: Any, **more: Any) -> dict[str, Any]:
        """Without the facts of the host's answer: those of a delegated task would become another host's variables."""
        result: dict[str, Any] = super()._execute_module(*args, **more)
        result.pop(facts.FACTS, None)
        result.update(_for_a_terminal(result))
        if self._discovered_interpreter_key:  # Ansible's own finding, which saves it from looking again
            result[facts.FACTS] = {self._discovered_interpreter_key: self._discovered_interpreter}
        return result

    def _connection_variables(self) -> set[str]:
        """How facts are named that would say how the host is reached. Ansible itself drops some of them, not all."""
        connection = self._connection
        plugins = (connection, getattr(connection, "become", None), getattr(connection, "_shell", None))
        return {
            variable["name"].removeprefix("ansible_")
            for plugin in plugins
            if isinstance(plugin, AnsiblePlugin)
            for option in plugin.option_definitions.values()
            for variable in option.get("vars", ())
        }


def _for_a_terminal(result: Mapping[str, Any]) -> dict[str, Any]:
    """What Ansible prints of a host's answer as it is; our modules clean it, but root may have changed the host."""
    shown: dict[str, Any] = {"msg": clean(result["msg"])} if isinstance(result.get("msg"), str) else {}
    for key in LINES:
        if isinstance(lines := result.get(key), list):
            shown[key] = [printable(line) if isinstance(line, str) else line for line in lines]
    return shown
