# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.check_variables`: runs on the controller alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import check_unknown_variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.archive import refuse

ROLES = Path(__file__).resolve().parents[2] / "roles"


class ActionModule(ActionBase):
    supports_raw_params = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        spec = {"role": {"type": "str", "required": True}, "render": {"type": "str", "default": ""}}
        _, p = self.validate_argument_spec(argument_spec=spec)
        options = options_of(p["role"])
        own = {name: self._templar.template(task_vars[name]) for name in integers(options) if name in task_vars}
        sentence = misspelt(p["role"], task_vars, options) or quoted_number(own)
        if not sentence and p["render"]:
            try:
                sentence = refused_archive(self._templar.template(task_vars[p["render"]]))
            except AnsibleError as error:
                sentence = innermost(error)
        return {"failed": True, "msg": sentence} if sentence else {"changed": False}


def options_of(role: str) -> dict[str, Any]:
    """The role's argument spec: variable -> {type, default...}."""
    spec = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())
    return dict(spec["argument_specs"]["main"]["options"])


def misspelt(role: str, variables: dict[str, Any], options: dict[str, Any]) -> str | None:
    return check_unknown_variables(f"{role}_", list(variables), list(options))


def integers(options: dict[str, Any]) -> list[str]:
    return [name for name, option in options.items() if option.get("type") == "int"]


def quoted_number(values: dict[str, Any]) -> str | None:
    """The sentence about the first number that is a text: validation lets it pass, another component's files do not."""
    for name, value in values.items():
        if isinstance(value, str):
            return (
                f'{name} is "{value}", which is text: write the number without quotes '
                f"""(on the command line -e '{{"{name}": NUMBER}}')."""
            )
    return None


def refused_archive(component: Any) -> str:
    """The sentence about a component's archive, which is looked at whether it has to be fetched or not."""
    if not isinstance(component, dict) or component["program"]["method"] != "archive":
        return ""
    version = component["program"]["version"]
    return refuse({"component": component["name"], "version": version, **component["archive"]})


def innermost(error: BaseException) -> str:
    """The sentence of the plugin that failed, without what Ansible says on the way up about templates and plugins."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "message", None) or error)
