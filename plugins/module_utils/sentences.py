# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of an error sentence: values, names and paths as a person reads them, without secrets."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any

_SECRET_NAME = re.compile(r"passw|secret|token|key$|credential|webhook|basic_auth(?:_users)?$", re.IGNORECASE)
_CREDENTIALS = re.compile(r":[^/\s]*@")
_LONGEST_SHOWN = 60


def inside(path: str, key: str) -> str:
    """The path of a mapping's key."""
    return f"{path}.{key}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key) else f"{path}[{json.dumps(str(key))}]"


def shown(value: Any, path: str) -> str:
    """The value for an error sentence: short, and not at all where it may be a secret."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if _SECRET_NAME.search(path.rpartition(".")[2]) or (isinstance(value, str) and _CREDENTIALS.search(value)):
        return "a value not shown here"
    text_shown = json.dumps(value, ensure_ascii=False, default=str)
    return text_shown if len(text_shown) <= _LONGEST_SHOWN else f'{text_shown[:_LONGEST_SHOWN]}..."'


def closest(name: str, known: Iterable[str]) -> str:
    """ " (did you mean "x"?)" when a known name is near, else nothing; with what nobody can see."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    if not near:
        return ""
    hidden = next((char for char in name if char not in near[0] and not char.isascii()), "")
    told = f' the "{hidden}" here is U+{ord(hidden):04X}, which looks like another letter' if hidden else ""
    return f' (did you mean "{near[0]}"?{told})'


def quoted(names: Iterable[str]) -> str:
    """The names for a sentence: "a", "b"; "none" when there are none."""
    return ", ".join(f'"{name}"' for name in names) or "none"
