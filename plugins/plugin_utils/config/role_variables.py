# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a role's variables that Ansible's own validation lets pass, as one sentence for the operator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import check_unknown_variables

ROLES = Path(__file__).resolve().parents[3] / "roles"


def refuse(role: str, variables: dict[str, Any], template: Callable[[Any], Any]) -> str:
    """The sentence about a variable of the role that is misspelt or of the wrong type; empty where all is well.

    template: gives a variable's value where that is written as a template.
    """
    options = options_of(role)
    own = {name: template(variables[name]) for name in integers(options) if name in variables}
    return check_unknown_variables(f"{role}_", variables, options) or quoted_number(own)


def options_of(role: str) -> dict[str, Any]:
    """The role's argument spec: variable -> {type, default...}."""
    spec = parse((ROLES / role / "meta" / "argument_specs.yml").read_text())
    return dict(spec["argument_specs"]["main"]["options"])


def integers(options: dict[str, Any]) -> list[str]:
    return [name for name, option in options.items() if option.get("type") == "int"]


def quoted_number(values: dict[str, Any]) -> str:
    """The sentence about the first number that is a text: validation lets it pass, another component's files do not."""
    for name, value in values.items():
        if isinstance(value, str):
            return (
                f'{name} is "{value}", which is text: write the number without quotes '
                f"""(on the command line -e '{{"{name}": NUMBER}}')."""
            )
    return ""
