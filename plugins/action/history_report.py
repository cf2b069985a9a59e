# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.history_report`: runs on the controller alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.block import blocks

display = Display()


class ActionModule(ActionBase):
    supports_raw_params = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _, p = self.validate_argument_spec(argument_spec={"path": {"type": "path", "default": ""}})
        hosts = gather(task_vars["hostvars"], task_vars["ansible_play_hosts_all"])
        texts = [text for host, found in hosts.items() for text in _texts(host, found)]
        display.display("\n" + "\n\n".join(texts) + "\n")
        if p["path"] and (sentence := write(p["path"], hosts)):
            return {"failed": True, "msg": sentence}
        releases = sum(len(one["releases"]) for found in hosts.values() for one in found or [])
        return {"changed": False, "msg": f"told {releases} releases"}


def gather(hostvars: Mapping[str, Mapping[str, Any]], hosts: list[str]) -> dict[str, list[dict[str, Any]] | None]:
    """The components by host, in the order of the run; None for a host that could not be asked."""
    return {host: (hostvars[host].get("release_history") or {}).get("components") for host in hosts}


def _texts(host: str, found: list[dict[str, Any]] | None) -> list[str]:
    if found is None:
        return [f"{host} could not be asked, see above"]
    return blocks(host, found) or [f"{host}: no component has a release"]


def write(path: str, hosts: Mapping[str, list[dict[str, Any]] | None]) -> str:
    """Write the history as JSON; returns the sentence why it cannot be, else an empty text."""
    rows = [{"host": host, **one} for host, found in hosts.items() for one in found or []]
    report = {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "components": rows,
        "not_asked": [host for host, found in hosts.items() if found is None],
    }
    try:
        Path(path).write_text(json.dumps(report, indent=1) + "\n")
    except OSError as error:
        return (
            f"history_report names {path}, which cannot be written ({error.strerror}): "
            "name a file in a directory that exists on the controller."
        )
    return ""
