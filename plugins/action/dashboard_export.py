# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.dashboard_export`: fetches by the module, compares and writes on the controller."""

from __future__ import annotations

from typing import Any

from ansible.utils.display import Display
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.modules.dashboard_export import ARGUMENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import dashboard_export as export
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action

display = Display()


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _validation, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            known = export.sources(p["directory"])  # before Grafana is asked: a source that is none ends it
            fetched = self._execute_module(
                "aetherlink.monitoring.dashboard_export", module_args=dict(self._task.args), task_vars=task_vars
            )
            if fetched.get("failed") or "dashboards" not in fetched:
                return {**fetched, "failed": True}
            found = export.compared(fetched, known, p)
            changing = [one for one in found if one.text]
            writing = p["write"] and not self._task.check_mode
            if writing:
                export.write(p["directory"], changing)
        except GrafanaError as error:
            return {"failed": True, "msg": str(error)}
        display.display(f"\n{export.table(found, writing)}\n")
        return _result(found, [one["sentence"] for one in fetched["refused"]], writing, bool(changing and p["write"]))


def _result(found: list[export.Found], refused: list[str], written: bool, changed: bool) -> dict[str, Any]:
    dashboards = [
        {"uid": f.uid, "title": f.title, "file": f.file, "state": f.state, "written": bool(f.text) and written}
        for f in found
    ]
    diff = [
        {"before_header": f.file, "after_header": f.file, "before": f.before, "after": f.text} for f in found if f.text
    ]
    result: dict[str, Any] = {"changed": changed, "dashboards": dashboards, "refused": refused, "diff": diff}
    if refused:
        result.update(failed=True, msg=" ".join(refused))
    return result
