# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every action of this collection has in common: no host sets variables or commands the operator's terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible.plugins import AnsiblePlugin
from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean, lines, printable

from . import facts

SENTENCES = ("msg", "msg_reason", "help_text")
LINES = ("details", "reasons", "warnings", "deprecations")
DATA = ("certificate", "dashboards", "texts")
"""What actions compare or write to files, so that no character of it may change; they clean what they print of it.
Of a failed task Ansible prints everything."""


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
        failed = result.get("failed") or result.get("unreachable")
        as_it_is = {} if failed else {key: result[key] for key in DATA if key in result}
        result = {**_for_a_terminal(result), **as_it_is}
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


def _for_a_terminal(value: Any, key: str = "") -> Any:
    """A host's answer as Ansible may print it; our modules clean it, but root may have changed the host.

    key: what has the value in it. Warnings and errors are dataclasses of Ansible's, with the same names of fields.
    """
    if isinstance(value, str):
        # Where there is nothing to replace, Ansible's own kind of text stays what it is.
        shown = clean(value) if key in SENTENCES else printable(value) if key in LINES else lines(value)
        return value if shown == value else shown
    if isinstance(value, Mapping):
        return {_for_a_terminal(name): _for_a_terminal(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_for_a_terminal(inner, key) for inner in value]
    if isinstance(value, tuple):
        return tuple(_for_a_terminal(inner, key) for inner in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **_for_a_terminal(inner))
    return value
