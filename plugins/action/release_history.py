# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.release_history`: the module reads, the controller names the differences."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, quoted
from ansible_collections.aetherlink.monitoring.plugins.modules.release_history import ARGUMENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.report import report


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        if sentence := refuse(p["components"]):
            return {"failed": True, "msg": sentence}
        # The texts of files come back by this and go no further.
        found = self._execute_module(
            "aetherlink.monitoring.release_history", module_args=dict(self._task.args), task_vars=task_vars
        )
        if found.get("failed") or "texts" not in found:
            return dict(found)
        return {"changed": False, "components": report(found["components"], found["texts"], with_diff=self._task.diff)}


def refuse(components: list[str]) -> str:
    """The sentence about a component that there is not; empty where all are. A host may have fewer than there are."""
    for name in components:
        if name not in COMPONENTS:
            return f'components has "{name}", which is none{closest(name, COMPONENTS)}: use {quoted(COMPONENTS)}.'
    return ""
