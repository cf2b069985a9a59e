# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.verify_report`: runs on the controller alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.utils.display import Display
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import report_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.table import table

display = Display()


class ActionModule(Action):
    _requires_connection = False

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec={"path": {"type": "path", "default": ""}})
        rows = gather(task_vars["groups"], task_vars["hostvars"], task_vars["ansible_play_hosts_all"])
        bad = [r for r in rows if not r["ok"]]
        display.display(f"\n{table(rows)}\n")
        if sentence := report_file.write("verify_report", p["path"], {"ok": not bad, "rows": rows}):
            return {"failed": True, "msg": sentence}
        if not rows:
            return {"failed": True, "msg": "nothing was verified: the inventory has no host with a component."}
        if bad:
            first = bad[0]
            sentence = (
                f"{len(bad)} of {len(rows)} checks failed; the first: {first['component']} on {first['host']}, "
                f"{first['check']}: wanted {first['wanted']}, seen {first['seen']}."
            )
            return {"failed": True, "msg": clean(sentence)}
        return {"changed": False, "msg": f"all {len(rows)} checks passed"}


def gather(
    groups: Mapping[str, list[str]], hostvars: Mapping[str, Mapping[str, Any]], hosts: list[str]
) -> list[dict[str, Any]]:
    """The rows of every host that should have been asked; one that was not is a bad row, not a missing one.

    hosts: those of the run, which are fewer under --limit.
    """
    rows = [row for host in hosts for row in of_the_host(host, hostvars[host].get("__host_verification") or {})]
    for component in COMPONENTS:
        for host in (name for name in groups.get(component, []) if name in hosts):
            found = (hostvars[host].get(f"__{component}_verification") or {}).get("rows")
            missing = {"component": component, "check": "host", "wanted": "asked", "seen": "not reached", "ok": False}
            rows += [{"host": host, **r} for r in (found or [missing])]
    return rows


def of_the_host(host: str, verification: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The host's own rows; none where its role is switched off, or its components' rows say that it was not reached."""
    if not verification or verification.get("skipped") or verification.get("unreachable"):
        return []
    missing = {"component": "host", "check": "host", "wanted": "asked", "seen": "failed", "ok": False}
    return [{"host": host, **r} for r in (verification.get("rows") or [missing])]
