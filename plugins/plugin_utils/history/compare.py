# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two states of the same data as phrases like `interval 15s -> 30s`, without any value that is or sounds secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_secrets import secrets
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

LONGEST = 40  # characters of a value; of a longer one only what differs is shown, where that is short enough
LONGEST_COMPARED = 4000  # characters
LONGEST_LIST = 90  # characters of names
MOST = 5  # of one kind in a phrase; JSON has them too, as files
TOKEN = re.compile(r"\w+(?:\.\w+)*|\s+|[^\w\s]")
SOUNDS_SECRET = re.compile(
    r"pass(?:word|wd|phrase)|secret|token|authorization|credential|(?:api|access|private|routing|service)[_-]?key"
    r"|(?:^|[_-])(?:dsn|key)(?:\[\d+\])*$",
    re.IGNORECASE,
)
OF_A_FILE = re.compile(r"[_-]files?(?:\[\d+\])*$")
MISSING = object()


def title(name: Any) -> str:
    """The name of a thing, which may be a URL: without its query where that is secret, a star where the rest is."""
    text = str(name)
    if next(secrets(text), None):
        text = text.partition("?")[0]
    return "*" if next(secrets(text), None) else clean(text)


def listed(names: Iterable[str]) -> str:
    """`a, b and 3 more`."""
    every = [title(name) for name in names]
    told = every[: max(1, sum(len(", ".join(every[: n + 1])) <= LONGEST_LIST for n in range(MOST)))]
    more = len(every) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def named(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], *, details: Callable[[Any], str] = lambda _unused: ""
) -> list[str]:
    """What was added, removed and changed, by name: `vertical crm added (http://...)`, `vertical crm: url a -> b`.

    details: of one that was added alone, what is said in brackets.
    """
    phrases = both_ways(what, old, new, details=details)
    for name in new:
        if name in old and (found := values(old[name], new[name])):
            phrases.append(f"{what} {title(name)}: {joined(found)}")
    return phrases


def both_ways(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], *, details: Callable[[Any], str] = lambda _unused: ""
) -> list[str]:
    """What was added and removed alone."""
    phrases = []
    for verb, here, there in (("added", new, old), ("removed", old, new)):
        names = [name for name in here if name not in there]
        if len(names) == 1:
            said = details(here[names[0]])
            phrases.append(f"{what} {title(names[0])} {verb}" + (f" ({title(said)})" if said else ""))
        elif names:
            phrases.append(f"{len(names)} {what}s {verb}: {listed(names)}")
    return phrases


def joined(phrases: list[str]) -> str:
    more = len(phrases) - MOST
    return ", ".join(phrases) if more <= 1 else f"{', '.join(phrases[:MOST])} and {more} more"


def values(old: Any, new: Any) -> list[str]:
    """A phrase for each value that differs, by its path: `labels.severity warning -> critical`, `port added (80)`."""
    hidden = {place for side in (old, new) for place, _unused in secrets(side)}
    return _values("", old, new, hidden)


def _values(path: str, old: Any, new: Any, hidden: set[str]) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            phrase
            for key in [*new, *(key for key in old if key not in new)]
            for phrase in _values(_inside(path, key), old.get(key, MISSING), new.get(key, MISSING), hidden)
        ]
    if isinstance(old, list) and isinstance(new, list) and _structured(old + new):
        if len(old) != len(new):
            return [f"{path} has {len(new)}, had {len(old)}".strip()]
        pairs = enumerate(zip(old, new))
        return [phrase for n, (a, b) in pairs for phrase in _values(f"{path}[{n}]", a, b, hidden)]
    return [] if same(old, new) else [_leaf(path, old, new, path in hidden or _sounds_secret(path))]


def _sounds_secret(path: str) -> bool:
    """Whether a key on the way to the value does. Where a secret's file is, is none."""
    return not OF_A_FILE.search(path) and any(SOUNDS_SECRET.search(part) for part in path.split("."))


def same(old: Any, new: Any) -> bool:
    """Equal, with true not the same as 1."""
    return type(old) is type(new) and bool(old == new)


def _inside(path: str, key: Any) -> str:
    name = "*" if next(secrets(str(key)), None) else clean(key)
    return f"{path}.{name}" if path else name


def _structured(items: list[Any]) -> bool:
    return any(isinstance(item, (dict, list)) for item in items)


def _leaf(path: str, old: Any, new: Any, hidden: bool) -> str:
    verb = "added" if old is MISSING else "removed" if new is MISSING else ""
    if verb:
        value = new if old is MISSING else old
        plain = not hidden and not isinstance(value, (dict, list)) and len(shown(value)) <= LONGEST
        return f"{path} {verb}" + (f" ({shown(value)})" if plain and verb == "added" else "")
    if hidden:
        return f"{path} changed"
    before, after = shown(old), shown(new)
    if max(len(before), len(after)) <= LONGEST:
        return f"{path} {before} -> {after}".strip()
    piece = _piece(before, after) if isinstance(old, str) and isinstance(new, str) else ""
    return f"{piece} in {path}" if piece else f"{path} changed"


def _piece(old: str, new: str) -> str:
    """`a -> b` of two long texts that differ in one short place; empty where they do not."""
    a, b = TOKEN.findall(old[:LONGEST_COMPARED]), TOKEN.findall(new[:LONGEST_COMPARED])
    codes = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    pieces = [("".join(a[i:j]), "".join(b[k:m])) for tag, i, j, k, m in codes if tag != "equal"]
    if len(pieces) != 1 or max(len(old), len(new)) > LONGEST_COMPARED:
        return ""
    out, put = (clean(text) for text in pieces[0])
    return f"{out} -> {put}" if out and put and max(len(out), len(put)) <= LONGEST else ""


def shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{clean(key)}: {shown(item)}' for key, item in value.items())}}}"
    return clean(value)


def by_name(items: Any, key: str = "name") -> dict[str, Any]:
    """{name: item} of a list of mappings; a name that comes again gets its number, `name (2)`."""
    found: dict[str, Any] = {}
    for item in items or []:
        name, count = str(item.get(key, "without a name")), 2
        unique = name
        while unique in found:
            unique, count = f"{name} ({count})", count + 1
        found[unique] = item
    return found


def without(item: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in keys}
