# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words for what every component has: version, command line, unit, secrets, and any file by its lines."""

from __future__ import annotations

import difflib
import shlex
from pathlib import PurePosixPath
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

from .compare import values

TITLES = {
    "environment": "environment",
    "method": "install method",
    "version": "version",
    "group": "group",
    "links": "program's files",
    "restart_on": "restart on",
}


def settings(differing: dict[str, list[Any]]) -> list[str]:
    """differing: {name: [old, new]} as the module gives it, of TITLES."""
    # The listen address that asks for a restart is in the files too, which say what it is.
    told = {name: both for name, both in differing.items() if name != "restart_on" or len(differing) == 1}
    return [phrase for name, (old, new) in told.items() for phrase in values({TITLES[name]: old}, {TITLES[name]: new})]


def flags(old: str, new: str, _path: str) -> list[str]:
    """Of flags.env: `flag storage.tsdb.retention.time 15d -> 30d`."""
    before, after = _flags(old), _flags(new)
    return [f"flag {phrase}" for phrase in values(before, after)]


def _flags(text: str) -> dict[str, Any]:
    """{name: value, True for a bare one, a list for a repeated one} of `ARGS="--name=value ..."`."""
    found: dict[str, list[Any]] = {}
    for line in shlex.split(text):
        for word in shlex.split(line.partition("=")[2]):
            name, is_set, value = word.removeprefix("--").partition("=")
            found.setdefault(name, []).append(value if is_set else True)
    return {name: given[0] if len(given) == 1 else given for name, given in found.items()}


def secret(path: str, change: str) -> str:
    return f"secret {PurePosixPath(path).stem} {change}"


def lines(old: str, new: str) -> str:
    """`+3 -1 lines`."""
    compared = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    added, removed = (sum(line.startswith(sign) for line in compared) for sign in "+-")
    return f"+{added} -{removed} {'line' if added + removed == 1 else 'lines'}"


def file(path: str, change: str, old: str | None, new: str | None) -> str:
    name = clean(path.removeprefix("etc/"))
    return f"{name} {change}" if old is None or new is None else f"{name} {change} ({lines(old, new)})"
