# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.history_report`: runs on the controller alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.utils.display import Display
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import report_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.history_table import blocks

display = Display()


class ActionModule(Action):
    _requires_connection = False

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec={"path": {"type": "path", "default": ""}})
        hosts = gather(task_vars["hostvars"], task_vars["ansible_play_hosts_all"])
        texts = [text for host, found in hosts.items() for text in _texts(host, found)]
        display.display("\n" + "\n\n".join(texts) + "\n")
        if sentence := report_file.write("history_file", p["path"], report(hosts)):
            return {"failed": True, "msg": sentence}
        releases = sum(len(one["releases"]) for found in hosts.values() for one in found or [])
        return {"changed": False, "msg": f"{releases} releases"}


def gather(hostvars: Mapping[str, Mapping[str, Any]], hosts: list[str]) -> dict[str, list[dict[str, Any]] | None]:
    """The components by host, in the order of the run; None for a host that could not be read."""
    return {host: (hostvars[host].get("release_history") or {}).get("components") for host in hosts}


def _texts(host: str, found: list[dict[str, Any]] | None) -> list[str]:
    if found is None:
        return [f"{host} could not be read"]
    return blocks(host, found) or [f"{host}: no component has a release"]


def report(hosts: Mapping[str, list[dict[str, Any]] | None]) -> dict[str, Any]:
    """What the JSON file has."""
    return {
        "components": [{"host": host, **_without_diffs(one)} for host, found in hosts.items() for one in found or []],
        "not_read": [host for host, found in hosts.items() if found is None],
    }


def _without_diffs(component: dict[str, Any]) -> dict[str, Any]:
    releases = [{key: value for key, value in one.items() if key != "diff"} for one in component["releases"]]
    return {**component, "releases": releases}
