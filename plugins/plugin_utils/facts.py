# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host must not set variables: what its answers carry as facts can replace what the inventory says.

Ansible takes `ansible_facts` out of the result of any module. Where `inject_facts_as_vars` is on, as it is by default,
they count more than the inventory, and root on a host decides what its Python answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible import constants
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
FACTS = "ansible_facts"
SHARED = ("aether_", "release_")
"""What the names of variables begin with that several roles have."""
MAGIC_PREFIX = "inventory_"
MAGIC = frozenset({name.removeprefix("ansible_") for name in constants.INTERNAL_STATIC_VARS} | {"omit", "vars"})
"""Variables that Ansible itself sets for a host or a task, such as group_names. Facts replace some of them, too."""
MOST_NAMES = 3  # in a sentence


@cache
def prefixes() -> tuple[str, ...]:
    """What our variables' names begin with, those of roles and playbooks included; `__` is what internal ones have."""
    roles = (path.name for path in (ROOT / "roles").iterdir())
    playbooks = (path.stem.partition("_")[0] for path in (ROOT / "playbooks").glob("*.yml"))
    return ("__", *SHARED, *sorted({f"{name}_" for name in (*roles, *playbooks)}))


def refuse(host: str, variables: Mapping[str, Any], more: Collection[str] = ()) -> str:
    """The sentence about a host whose facts have names of ours or Ansible's own; empty where none has.

    variables: the host's. more: further names that no fact may have.
    """
    facts = variables.get(FACTS)
    if not facts:
        return ""
    taken = (*prefixes(), MAGIC_PREFIX)
    names = sorted(name for name in facts if name.startswith(taken) or name in MAGIC or name in more)
    if not names:
        return ""
    # The names are the host's words, too.
    shown = [re.sub(r"[^A-Za-z0-9_]", "?", name)[:60] for name in names[:MOST_NAMES]]
    rest = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return (
        f"The host {host} tries to set {', '.join(shown)}{rest} through facts, which only the inventory may set: "
        f"someone with root on {host} may have changed its Python, so inspect or rebuild {host} and run again with "
        "--flush-cache."
    )


class HostVariables(Mapping[str, Any]):
    """Ansible's hostvars. Reading a host whose facts `refuse` is about raises ConfigError."""

    def __init__(self, hostvars: Mapping[str, Any]) -> None:
        self._hostvars = hostvars

    def __getitem__(self, host: str) -> Any:
        variables = self._hostvars[host]
        if sentence := refuse(host, variables):
            raise ConfigError(sentence)
        return variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._hostvars)

    def __len__(self) -> int:
        return len(self._hostvars)
