# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A component's whole description, which the role `component` has in one variable.

A task names the variable. As an argument it would take the secrets in it to every callback plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError

VARIABLE = "component_description"


def description(variable: str, task_vars: Mapping[str, Any], template: Callable[[Any], Any]) -> dict[str, Any]:
    """Raises ConfigError, which does not repeat what may be a description."""
    if variable not in task_vars:
        raise ConfigError(
            "The argument component must name a variable that describes a component, and this host has no variable of "
            f"the given name: pass the name alone, such as {VARIABLE}."
        )
    return dict(template(task_vars[variable]))
