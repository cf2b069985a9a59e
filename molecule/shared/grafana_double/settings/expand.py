# SPDX-License-Identifier: GPL-3.0-or-later
"""`$__file{}`, `$__env{}` and variables of the environment in settings and provisioning files."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

_EXPANDER = re.compile(r"\$__(\w+)\{([^}]*)\}")
_BRACED = re.compile(r"\$\{([^}]+)\}")
_ANY = re.compile(r"\$(?:\{([^}]+)\}|([A-Za-z0-9_]+)|(.))", re.DOTALL)


class ExpandError(Exception):
    """A phrase."""


def setting(value: str) -> str:
    """A value of grafana.ini. Raises ExpandError. Grafana leaves an unknown expander as it is, and unset is empty."""
    return _BRACED.sub(lambda found: _environment(found[1]), _EXPANDER.sub(_expanded, value))


def provisioned(value: str) -> str:
    """A text of a provisioning file: `$NAME` too, and `$$` is one $. Raises ExpandError."""
    parts = [_EXPANDER.sub(_expanded, part) for part in value.split("$$")]
    return "$".join(_ANY.sub(_named, part) if "$" in part else part for part in parts)


def _named(found: re.Match[str]) -> str:
    name = found[1] or found[2]
    if not name:
        raise ExpandError(f"${found[3]} is no variable; a $ that is meant is written $$")
    return _environment(name)


def _expanded(found: re.Match[str]) -> str:
    if found[1] == "env":
        return _environment(found[2])
    if found[1] != "file":
        raise ExpandError(f"$__{found[1]}{{}} is no expander that this double has")
    try:
        return Path(found[2]).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ExpandError(f"{found[0]} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _environment(name: str) -> str:
    if name == "HOSTNAME" and name not in os.environ:
        return socket.gethostname()
    if name not in os.environ:
        raise ExpandError(f"the environment variable {name} is not set")
    return os.environ[name]
