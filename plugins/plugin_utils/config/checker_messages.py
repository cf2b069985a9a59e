# SPDX-License-Identifier: GPL-3.0-or-later
"""What a component's own checker says of the rendered files, said of the variables that they come from.

The host returns the checker's message as it is. What it names, a line, a rule or a value, is looked up in the text that
was rendered here. A message whose place is not found stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union

import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse

Path = tuple[Union[str, int], ...]
"""The way to a node of a file, such as ("scrape_configs", 3, "job_name")."""
Variable = Callable[[str], Any]
"""The value of a variable of the inventory, by its name; None where there is none."""

_LINE = re.compile(r"\bline (\d+): ")
_EXPRESSION = re.compile(r"`\^\(\?s?:(.+)\)\$`")
"""A regular expression as these programs repeat it, anchored at both ends."""
_UNKNOWN = re.compile(r"^field (\S+) not found in type \S+$")
_ANNOUNCED = re.compile(r"^parsing YAML file \S+: |^(?:yaml: )?unmarshal errors: |^yaml: |^line \d+: ")


@dataclass(frozen=True)
class Finding:
    """A place in a file, and what is wrong there."""

    file: str
    path: Path
    cause: str


@dataclass(frozen=True)
class Origins:
    """How a component's files come from its variables.

    file: its configuration. checker: the name of the check whose messages are explained.
    place: (documents by file, finding's file and path, variables) -> the place in the inventory, or "".
    special: (documents, cause) -> the finding of a message that names its place in words of the component's own.
    keys: well-known keys with blanks between them, for "did you mean" and nothing else.
    """

    file: str
    checker: str
    place: Callable[[Mapping[str, Any], str, Path, Variable], str]
    special: Callable[[Mapping[str, Any], str], Finding | None]
    keys: str


def explained(
    message: str, checks: Iterable[Mapping[str, Any]], origins: Origins, files: Mapping[str, str], variable: Variable
) -> str:
    """The host's message about a release, from the variable on where it is a checker's and the variable is found."""
    opening = f"{origins.checker} refused the release: "
    fix = next((check.get("fix") or _FIX for check in checks if check.get("name") == origins.checker), _FIX)
    cause, end, rest = message.removeprefix(opening).rpartition(f": {fix}.")
    if not message.startswith(opening) or not end:
        return message
    try:
        found = _explained(cause, origins, files, variable)
    except _UNLIKE:
        return message
    return f"{found}, says {origins.checker}: {fix}.{rest}" if found else message


_UNLIKE = (AttributeError, LookupError, TypeError, yaml.YAMLError)
"""A message or a variable is not as it is expected here: no message is lost for want of a better one."""
_FIX = "correct that in the inventory"
"""The fix of a check that has none of its own."""


def _explained(cause: str, origins: Origins, files: Mapping[str, str], variable: Variable) -> str:
    documents = _documents(files)
    finding = origins.special(documents, cause) or _found(origins.file, files, documents, cause)
    place = finding and origins.place(documents, finding.file, finding.path, variable)
    return f"{place}: {_readable(finding.cause, origins.keys)}" if finding and place else ""


def origin_of(origins: Origins, files: Mapping[str, str], variable: Variable) -> Callable[[str, Path], str]:
    """What says of a place in one of the files which variable it comes from; "" where that is not known."""
    documents = _documents(files)

    def origin(file: str, path: Path) -> str:
        try:
            return origins.place(documents, file, path, variable) if file == origins.file else ""
        except _UNLIKE:
            return ""

    return origin


def _found(main: str, files: Mapping[str, str], documents: Mapping[str, Any], cause: str) -> Finding | None:
    """By the line that the message names, else by a value that it repeats."""
    file = next((name for name in files if re.match(rf"(?:parsing YAML file )?{re.escape(name)}: ", cause)), main)
    own = cause.removeprefix(f"{file}: ")
    if line := _LINE.search(own):
        path = path_of_line(files[file], int(line[1]))
        unknown = _UNKNOWN.match(own[line.end() :])
        if unknown and path and path[-1] == unknown[1]:
            path = path[:-1] or path
        return Finding(file, path, own[line.end() :]) if path else None
    path = path_of_value(documents[file], own)
    return Finding(file, path, own) if path else None


def _readable(cause: str, keys: str) -> str:
    while (shorter := _ANNOUNCED.sub("", cause, count=1)) != cause:
        cause = shorter
    unknown = _UNKNOWN.match(cause)
    if not unknown:
        return cause
    if unknown[1] in keys.split():
        return f"field {unknown[1]} not found (this version does not have it, or not here)"
    return f"field {unknown[1]} not found{closest(unknown[1], keys.split())}"


def _documents(files: Mapping[str, str]) -> dict[str, Any]:
    return {name: parse(text) for name, text in files.items() if name.endswith(".yml")}


def path_of_line(text: str, line: int) -> Path:
    """Of the innermost entry that begins on the line, counted from 1; empty where none does."""
    paths = [path for path, number in _lines(yaml.compose(str(text), Loader=yaml.SafeLoader), ()) if number == line]
    return max(paths, key=len, default=())


def _lines(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + 1
            yield from _lines(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), value.start_mark.line + 1
            yield from _lines(value, (*path, index))


def path_of_value(document: Any, cause: str) -> Path:
    """Of the longest value that the message repeats; what its places have in common where there are several."""
    expression = _EXPRESSION.search(cause)
    places: dict[str, list[Path]] = {}
    for path, value in _scalars(document, ()):
        if _repeats(cause, value) or (expression and expression[1] in value):
            places.setdefault(value, []).append(path)
    if not places:
        return ()
    found = places[max(places, key=len)]
    shared = [steps[0] for steps in zip(*found) if len(set(steps)) == 1]
    return tuple(shared) if len(found) == 1 or tuple(shared) == found[0][: len(shared)] else ()


def _scalars(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*path, key), str(key)
            yield from _scalars(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _scalars(value, (*path, index))
    elif node is not None:
        yield path, str(node)


def _repeats(cause: str, value: str) -> bool:
    """A plain word may be the message's own, unless it is in quotes or at the message's start."""
    if len(value) < 2:
        return False
    if f'"{value}"' in cause or cause.startswith(f"{value} "):
        return True
    return not value.isalpha() and bool(re.search(rf"(?<!\w){re.escape(value)}(?!\w)", cause)) and "_" not in value


def joined(variable: str, path: Path) -> str:
    """A variable and the way into it, as errors write it."""
    for step in path:
        variable = f"{variable}[{step}]" if isinstance(step, int) else inside(variable, step)
    return variable.removeprefix(".")


def by_name(variable: Variable, name: str, key: str, value: Any) -> int | None:
    """The index of the entry in a list variable whose key has the value."""
    entries = variable(name)
    for index, entry in enumerate(entries if isinstance(entries, (list, tuple)) else ()):
        if isinstance(entry, Mapping) and entry.get(key) == value:
            return index
    return None
