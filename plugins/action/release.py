# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.release`: adds what only the controller knows, then asks the host once."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.references import find_references


class ActionModule(ActionBase):
    supports_raw_params = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        arguments["by"] = f"{getpass.getuser()}@{socket.gethostname()}"
        arguments["references"] = find_references(arguments.get("files") or {}, arguments.get("component", ""))
        if arguments.get("state") != "planned":
            arguments["revision"] = source_revision(str(task_vars.get("inventory_dir") or os.getcwd()))
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.release", module_args=arguments, task_vars=task_vars
        )
        return result


def source_revision(directory: str) -> str:
    """The git revision of the inventory, marked when it has uncommitted changes; empty outside a repository."""
    command = ["git", "-C", directory, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
