# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which components of which hosts does a rollback mean?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest

from .components import COMPONENTS, SCOPES


def components_of(
    named: str, asked: Mapping[str, str], host: str, groups: Mapping[str, Sequence[str]], hosts: Sequence[str]
) -> list[str]:
    """The components of `host` among those that are meant, in the order in which they go back.

    named: with commas between, or `all`; may be empty where the part says which. asked: `part` and `release`, or empty.
    hosts: all that the play is for. Raises ConfigError.
    """
    names = [name.strip() for name in named.split(",") if name.strip()]
    names = _of_part(asked["part"], names) if asked["part"] else names
    if asked["release"] and (len(names) > 1 or "all" in names):
        raise ConfigError(
            f"release={asked['release']} is one of a single component, and component is {','.join(names)}: name one of "
            "them, or take the release out."
        )
    if not names:
        raise ConfigError(
            f"Nothing says what to roll back: add -e component=NAME, of {', '.join(COMPONENTS)}, or all for every one."
        )
    for name in names:
        if name not in (*COMPONENTS, "all"):
            raise ConfigError(
                f'component is "{name}", which is none{closest(name, COMPONENTS)}: name some of '
                f"{', '.join(COMPONENTS)}, or all."
            )
        if name != "all" and not set(groups.get(name, [])) & set(hosts):
            raise ConfigError(
                f"None of the hosts that are asked has {name}: look at the inventory's group {name} and at --limit."
            )
    return [name for name in COMPONENTS if ("all" in names or name in names) and host in groups.get(name, [])]


def _of_part(part: str, names: list[str]) -> list[str]:
    if part not in SCOPES:
        raise ConfigError(
            f'part is "{part}", which cannot be rolled back alone{closest(part, SCOPES)}: use one of '
            f"{', '.join(SCOPES)}, or take it out to roll back all of a component."
        )
    if names not in ([], [SCOPES[part]]):
        raise ConfigError(
            f"part={part} is a part of {SCOPES[part]}, and component is {','.join(names)}: take one of the two out."
        )
    return [SCOPES[part]]
