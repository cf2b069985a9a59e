# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.host_baseline`: reads the inventory, asks the host once, judges its clock."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import row
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import clock_offset as clock
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import desired_baseline as host
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.run_switches import switch
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import ENVIRONMENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.facts import HostVariables


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(self._task.args)
        look = boolean(arguments.get("look", False))
        try:
            arguments.update(_of_the_inventory(arguments, look, task_vars))
            if not look:
                arguments.update(self._environment(task_vars))
        except ConfigError as error:
            return {"failed": True, "msg": str(error)}
        sent = time.time()
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.host_baseline", module_args=arguments, task_vars=task_vars
        )
        if result.get("clock") and boolean(arguments.get("clock", True)):
            self._judge_clock(result, clock.RoundTrip(sent, time.time()), arguments, task_vars["inventory_hostname"])
        return result

    def _environment(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """One that is missing or misspelt is told by the component's own role."""
        environment = self._templar.template(task_vars.get("aether_env", ""))
        move = switch("move_environment", task_vars, self._templar.template)
        return {"environment": environment if environment in ENVIRONMENTS else "", "move_environment": move}

    def _judge_clock(self, result: dict[str, Any], asked: clock.RoundTrip, p: dict[str, Any], name: str) -> None:
        """A row where rows are wanted; else a failure or a warning where it has to be."""
        seconds = clock.off(asked, result["clock"]["time"], result["clock"]["ended"])
        limit, rigour = float(p.get("clock_limit", 5)), p.get("clock_unsynchronised", "warn")
        refusal = clock.refusal(name, seconds, limit)
        lack = "" if rigour == "ignore" else clock.unsynchronised(name, result["clock"])
        if "rows" in result:
            seen = f"{clock.in_words(seconds)}{', not synchronised' if lack else ''}"
            fine = not refusal and not (lack and rigour == "refuse")
            result["rows"].append({"component": "host", **row("clock", f"within {limit:g} s", seen, fine)})
        elif refusal or (lack and rigour == "refuse"):
            result.update(failed=True, msg=refusal or lack)
        elif lack:
            self._display.warning(lack)


def _of_the_inventory(p: dict[str, Any], look: bool, task_vars: dict[str, Any]) -> dict[str, Any]:
    """Asked of the inventory only where it is needed: a run that changes nothing has to be cheap."""
    hostvars = HostVariables(task_vars.get("hostvars", {}))
    where = task_vars.get("inventory_hostname", ""), task_vars.get("groups", {}), hostvars
    found = {}
    if p.get("firewall", "none") != "none":
        found["rules"] = host.firewall_rules(*where, p.get("firewall_allow", {}))
    if look:
        found["services"] = host.services(*where)
    return found
