# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.component_release`: renders a component once, then asks the host once."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import archive, role_variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.references import find_references

SAME = ("unit", "files", "secrets", "flags", "restart_on", "checks", "skip_check", "reloadable", "proof", "keep")
OPTIONAL = ("restart_files", "linked", "listen")
"""What the module takes as the component's description has it."""


class ActionModule(ActionBase):
    supports_raw_params = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        spec = {
            "role": {"type": "str", "required": True},
            "component": {"type": "str", "default": "component"},
            "state": {"type": "str", "choices": ["planned", "active"], "required": True},
            "sources": {"type": "dict", "default": {}},
        }
        _, p = self.validate_argument_spec(argument_spec=spec)
        if sentence := role_variables.refuse(p["role"], task_vars, self._templar.template):
            return {"failed": True, "msg": sentence}
        try:
            component = self._templar.template(task_vars[p["component"]])
            environment = self._templar.template(task_vars["aether_env"])
        except AnsibleError as error:
            return {"failed": True, "msg": innermost(error)}
        if sentence := refused_source(component):
            return {"failed": True, "msg": sentence}
        arguments = {
            "component": component["name"],
            "state": p["state"],
            "environment": environment,
            "group": component["user"],
            "program": component["program"] | p["sources"].get(component["name"], {}),
            "by": f"{getpass.getuser()}@{socket.gethostname()}",
            "lock_timeout": component["lock_timeout"],
            **{name: component[name] for name in SAME},
            **{name: component[name] for name in OPTIONAL if name in component},
        }
        if p["state"] == "active":
            arguments["references"] = find_references(component["files"], component["name"])
            arguments["revision"] = source_revision(str(task_vars.get("inventory_dir") or os.getcwd()))
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.release", module_args=arguments, task_vars=task_vars
        )
        return result


def refused_source(component: dict[str, Any]) -> str:
    """The sentence about where a component comes from, which is looked at whether it has to be fetched or not."""
    if component["program"]["method"] != "archive":
        return archive.refuse_repository(component["name"], component.get("repository", {"url": "", "key_url": ""}))
    version = component["program"]["version"]
    return archive.refuse({"component": component["name"], "version": version, **component["archive"]})


def innermost(error: BaseException) -> str:
    """The sentence of the plugin that failed, without what Ansible says on the way up about templates and plugins."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "message", None) or error)


def source_revision(directory: str) -> str:
    """The git revision of the inventory, marked when it has uncommitted changes; empty outside a repository."""
    command = ["git", "-C", directory, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
