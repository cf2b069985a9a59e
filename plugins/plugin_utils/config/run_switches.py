# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that somebody adds to one run, so that it does what is refused otherwise: -e unhold=true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError


def switch(name: str, task_vars: Mapping[str, Any], template: Callable[[Any], Any]) -> bool:
    """Off where the run does not have it. Raises ConfigError."""
    value = template(task_vars.get(name, False))
    try:
        return bool(boolean(value))
    except TypeError:
        raise ConfigError(f'{name} is "{value}": make it true, or take it out.') from None
