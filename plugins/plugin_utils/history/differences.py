# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs between two configurations of a component: a phrase for each thing by its name, and a masked diff.

`components/<name>/summary.py` names the things that a file has. No value that is or sounds secret is shown.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_secrets import secrets
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.masking import Masker
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean, printable
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.description import module

Items = Mapping[str, Any]
"""{name: value} of a file, as `job node`; what is within it as `job node: target 10.0.0.1:9100`."""

LONGEST = 40  # characters of a value
MOST = 5  # values of one thing
_SECRET = re.compile(
    r"pass(?:word|wd|phrase)|secret|token|authorization|credential|(?:api|access|private|routing|service)[_-]?key"
    r"|(?:^|[._-])(?:dsn|key)$",
    re.IGNORECASE,
)
_OF_A_FILE = re.compile(r"[_-]files?$")
_SETTINGS = ("environment", "method", "version", "group", "links", "restart_on")
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, yaml.YAMLError)
"""What a summary raises for a file that somebody else wrote."""


def changes(component: str, release: dict[str, Any], texts: list[str]) -> list[str]:
    """A phrase each. release, texts: as the host gives them, see module_utils/release/history.py."""
    settings = release["settings"]
    sides: list[dict[str, Any]] = [{key: settings[key][n] for key in _SETTINGS if key in settings} for n in (0, 1)]
    found = list(compared(*sides))
    for file in release["files"]:
        found += _of_file(component, file, texts)
    # Blanks, comments and the order of keys mean nothing to a program.
    return found or [_lines(file, texts) for file in release["files"]]


def diff(release: dict[str, Any], texts: list[str]) -> list[str]:
    """The lines of a unified diff, masked; none of a secret file."""
    masker, found = Masker([]), list[str]()
    for file in (file for file in release["files"] if not file["secret"] and not file["untold"]):
        sides = ["" if file[side] is None else masker.mask(texts[file[side]]) for side in ("old", "new")]
        old, new = (side.splitlines() for side in sides)
        found += map(printable, difflib.unified_diff(old, new, file["path"], file["path"], lineterm="", n=2))
    return found


def compared(old: Items, new: Items) -> Iterator[str]:
    """What is within something that was added or removed is not listed."""
    outer = ""
    for name in [*new, *(name for name in old if name not in new)]:
        if outer and name.startswith(f"{outer}: "):
            continue
        if name in old and name in new:
            if what := ", ".join(_values(old[name], new[name], name)):
                yield f"{_title(name)} {what}"
        else:
            outer = name
            yield f"{_title(name)} {'added' if name in new else 'removed'}"


def _values(old: Any, new: Any, name: str) -> list[str]:
    """`for 10m -> 12m` of the value of a key, `-> 30d` of a plain value, the key alone where the values do not show."""
    before, after = _flat(old), _flat(new)
    hidden = {place for side in (old, new) for place, _unused in secrets(side)}
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        if _same(before.get(key), after.get(key)) and (key in before) == (key in after):
            continue
        shown = ["" if key in hidden else _shown(side.get(key), key or name) for side in (before, after)]
        found.append(f"{clean(key)} {' -> '.join(shown)}".strip() if all(shown) else clean(key) or "changed")
    return found if len(found) <= MOST else [*found[:MOST], f"{len(found) - MOST} more"]


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict) or (not value and path):
        return {path: value}
    names = {key: "*" if next(secrets(str(key)), None) else str(key) for key in value}
    return {
        inner: item
        for key, child in value.items()
        for inner, item in _flat(child, f"{path}.{names[key]}" if path else names[key]).items()
    }


def _same(old: Any, new: Any) -> bool:
    """Equal, with true not the same as 1."""
    return type(old) is type(new) and bool(old == new)


def _shown(value: Any, key: str) -> str:
    """Empty where it is long, a structure, or may be secret."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, (dict, list)) or (_SECRET.search(key) and not _OF_A_FILE.search(key)):
        return ""
    text = clean(str(value).lower() if isinstance(value, bool) else value)
    return "" if len(text) > LONGEST or next(secrets(text), None) else text


def _title(name: str) -> str:
    """The name may be a URL: without its query where that is secret, a star where the rest is."""
    text = name.partition("?")[0] if next(secrets(name), None) else name
    return "*" if next(secrets(text), None) else clean(text)


def _of_file(component: str, file: dict[str, Any], texts: list[str]) -> list[str]:
    path = file["path"]
    if file["secret"]:
        return [f"secret {clean(PurePosixPath(path).stem)} {clean(file['change'])}"]
    if not file["untold"]:
        try:
            sides = [
                _items(component, path, "" if file[side] is None else texts[file[side]]) for side in ("old", "new")
            ]
        except _UNREADABLE:
            sides = [None]
        if None not in sides:
            return list(compared(*sides))  # type: ignore[arg-type]
    return [_lines(file, texts)]


def _items(component: str, path: str, text: str) -> Items | None:
    """None for a file that no summary is about."""
    if path == "flags.env":
        return _flags(text)
    if component not in COMPONENTS or not path.startswith("etc/"):
        return None
    found: Items | None = module(component, "summary").items(path.removeprefix("etc/"), text)
    return found


def _flags(text: str) -> Items:
    """Of `ARGS="--name=value ..."`; a list for a flag that comes again."""
    found: dict[str, list[Any]] = {}
    for word in (word for line in shlex.split(text) for word in shlex.split(line.partition("=")[2])):
        name, is_set, value = word.removeprefix("--").partition("=")
        found.setdefault(f"flag {name}", []).append(value if is_set else True)
    return {name: given[0] if len(given) == 1 else given for name, given in found.items()}


def _lines(file: dict[str, Any], texts: list[str]) -> str:
    name, change = clean(file["path"].removeprefix("etc/")), clean(file["change"])
    if file["untold"]:
        return f"{name} {change}; {clean(file['untold'])}"
    old, new = ([] if file[side] is None else texts[file[side]].splitlines() for side in ("old", "new"))
    lines = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return f"{name} {change} (+{added} -{removed} lines)"
