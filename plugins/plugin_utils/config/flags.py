# SPDX-License-Identifier: GPL-3.0-or-later
"""A program's command line as an environment file for systemd (``EnvironmentFile=`` and an unquoted ``$ARGS``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import inside, shown
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import CONTROL
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    URL_CREDENTIALS,
    mapping,
    plain,
)

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_NEEDS_QUOTES = re.compile(r"[\s\"'\\]")


def flags_text(managed: Any, extra: Any = None, reserved: Iterable[str] = (), variable: str = "flags") -> str:
    """The text of flags.env: ``ARGS="--name=value ..."``, in the order given.

    managed: {name: value} of the role; true gives the bare flag, false and None leave it out, a list repeats it.
    extra: the same of the user's variable ``variable``, which may name neither a managed nor a reserved flag.
    """
    own = mapping(plain(managed, variable), variable)
    more = mapping(plain(extra or {}, variable), variable)
    refused = set(reserved) | (set(own) if more else set())
    for name in more or own:
        if name in refused:
            raise ConfigError(
                f"{inside(variable, name)} is a flag that the role sets itself: "
                "take it out and use the role's own variable for it."
            )
    words = [word for name, value in {**own, **more}.items() for word in _words(name, value, variable)]
    return f"ARGS={_quoted_value(' '.join(map(_quoted_word, words)))}\n"


def _words(name: str, value: Any, variable: str) -> list[str]:
    path = inside(variable, name)
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f'{variable} has the flag "{name}": write its name in small letters, digits, dots and dashes, '
            "without dashes before it."
        )
    if value is None or value is False:
        return []
    if value is True:
        return [f"--{name}"]
    return [f"--{name}={_argument(item, path)}" for item in (value if isinstance(value, list) else [value])]


def _argument(value: Any, path: str) -> str:
    if isinstance(value, (dict, list, bool)) or value is None:
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a flag's value: "
            "write text, a number, true, false, or a list of texts and numbers."
        )
    if CONTROL.search(str(value)):
        raise ConfigError(f"{path} has a line break or another control character in it: take it out.")
    if URL_CREDENTIALS.search(str(value)):
        raise ConfigError(
            f"{path} is a URL with credentials in it, and everybody on the host can read a command line: take them out."
        )
    return str(value)


def _quoted_word(word: str) -> str:
    """As systemd splits ``$ARGS``: at white space, with quotes and backslashes respected."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if _NEEDS_QUOTES.search(word) else word


def _quoted_value(value: str) -> str:
    """As systemd reads a value of an EnvironmentFile: within double quotes, a backslash escapes these four."""
    return '"' + re.sub(r'(["\\`$])', r"\\\1", value) + '"'
