# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.component_rollback`: says who rolls back, and how the rollback is written down."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.author import author


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        by, asked = author(), self._task.args
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.component_rollback", module_args={"by": by, **asked}, task_vars=task_vars
        )
        if not result.get("failed"):
            result["what"] = what(str(asked.get("part", "")), result)
            place = f"{asked['component']} on {task_vars['inventory_hostname']}"
            result["known_issue"] = known_issue(place, result["what"], str(asked["reason"]), by)
        if result.get("changed") and not self._task.check_mode:
            self._display.display(f"\nFor the table of docs/known-issues.md:\n{result['known_issue']}\n")
        return result


def what(part: str, result: dict[str, Any]) -> str:
    """In words: from which release to which."""
    part_of = f"{part} of " if part else ""
    return f"{result['left'] or 'nothing active'} back to {part_of}{result['of']}"


def known_issue(place: str, what_went_back: str, why: str, by: str) -> str:
    """A row for the table of docs/known-issues.md."""
    cells = [datetime.now(timezone.utc).strftime("%Y-%m-%d"), place, what_went_back, why, by, "open"]
    return "| " + " | ".join(clean(cell).replace("|", "\\|") for cell in cells) + " |"
