# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody typed after -e, which Ansible takes apart at blanks: -e reason="two words" comes without its quotes."""

from __future__ import annotations

from collections.abc import Iterable

from ansible.parsing.splitter import parse_kv
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError

REST = "_raw_params"


def whole(name: str, extra_vars: Iterable[str], seen: str) -> str:
    """The value of the variable as it was typed. extra_vars: the texts after -e. seen: what Ansible made of it.

    Raises ConfigError where another variable was taken apart, or a word of this one was taken for a variable.
    """
    value = seen
    for text in extra_vars:
        if text.lstrip()[:1] in ("{", "[", "@"):
            continue
        parts = parse_kv(text, check_raw=False)
        if REST not in parts:
            continue
        if not text.strip().startswith(f"{name}="):
            raise ConfigError(f"Ansible takes -e '{text}' apart at its blanks: leave them out, or write it as JSON.")
        if set(parts) - {name, REST}:
            raise ConfigError(
                f"Ansible takes words with = in the {name} for variables: write it as JSON, "
                f"""-e '{{"{name}": "..."}}'."""
            )
        value = text.strip().removeprefix(f"{name}=")
    return value
