# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates a document by a JSON Schema (draft 7), as far as the schema of dashboards goes.

Written here because a controller has ansible-core only. A schema becomes functions once, and the way to a problem is
put together only where there is one, so that a deploy hardly notices.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside, shown

_NOTES = ("$schema", "$comment", "definitions")
_PREFIX = "#/definitions/"
_MOST_SHOWN = 8  # values in a sentence
_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "object": ("a mapping", lambda value: isinstance(value, dict)),
    "array": ("a list", lambda value: isinstance(value, list)),
    "string": ("text", lambda value: isinstance(value, str)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "number": ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
    "null": ("null", lambda value: value is None),
}


@dataclass(frozen=True)
class _Problem:
    """way: from the value that was checked to the one that is wrong. of_value: it is the value itself that is wrong."""

    way: tuple[str | int, ...]
    says: str
    value: Any = None
    of_value: bool = True

    def below(self, step: str | int) -> _Problem:
        return _Problem((step, *self.way), self.says, self.value, self.of_value)

    def text(self) -> str:
        path = ""
        for step in self.way:
            path = f"{path}[{step}]" if isinstance(step, int) else inside(path, step).lstrip(".")
        if not self.of_value:
            return f"{path or 'the document'} {self.says}"
        return f"{path or 'the document'} is {shown(self.value, path)}, but must be {self.says}"


_Check = Callable[[Any], list[_Problem]]
_Maker = Callable[[Any, Mapping[str, Any]], _Check]


def problems(document: Any, schema: Mapping[str, Any]) -> list[str]:
    """What is wrong, each with its path; empty when the document is valid. Raises ValueError for an unknown keyword."""
    return [problem.text() for problem in compiled(schema)(document)]


def compiled(schema: Mapping[str, Any]) -> _Check:
    """The schema as a function, for several documents. Raises ValueError for a keyword that is not known here."""
    return _Compiler(schema.get("definitions", {})).check(schema)


class _Compiler:
    """Makes a function of a schema, and one of each of its definitions, which may need each other."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._keywords: dict[str, _Maker] = {
            "$ref": self._reference,
            "allOf": self._all_of,
            "anyOf": self._any_of,
            "const": _const,
            "enum": _enum,
            "if": self._if,
            "items": self._items,
            "properties": self._properties,
            "required": _required,
            "type": _type,
        }
        self._names = set(definitions)
        self._definitions = {name: self.check(definition) for name, definition in definitions.items()}

    def check(self, schema: Mapping[str, Any]) -> _Check:
        checks = []
        # A value of the wrong type is told once, not for each key that it therefore lacks.
        for keyword in sorted(schema, key=lambda name: name != "type"):
            if keyword in _NOTES or keyword == "then" or (keyword == "additionalProperties" and "properties" in schema):
                continue  # told by those that they go with
            if keyword == "additionalProperties":
                checks.append(self._properties({}, schema))
            elif keyword in self._keywords:
                checks.append(self._keywords[keyword](schema[keyword], schema))
            else:
                raise ValueError(f"the schema has the keyword {keyword}, which is not known here")
        return checks[0] if len(checks) == 1 else _in_turn(checks)

    def _reference(self, target: str, _schema: Mapping[str, Any]) -> _Check:
        name = target.removeprefix(_PREFIX)
        if name not in self._names:
            raise ValueError(f"the schema refers to {target}, which it does not have")

        def check(value: Any) -> list[_Problem]:  # the definition may not be made yet
            return self._definitions[name](value)

        return check

    def _all_of(self, schemas: list[Mapping[str, Any]], _schema: Mapping[str, Any]) -> _Check:
        checks = [self.check(schema) for schema in schemas]
        return lambda value: [problem for check in checks for problem in check(value)]

    def _any_of(self, schemas: list[Mapping[str, Any]], _schema: Mapping[str, Any]) -> _Check:
        checks = [self.check(schema) for schema in schemas]

        def check(value: Any) -> list[_Problem]:
            """The problems of the form that the value is nearest to."""
            nearest: list[_Problem] = []
            for one in checks:
                found = one(value)
                if not found:
                    return found
                if not nearest or len(found) < len(nearest):
                    nearest = found
            return nearest

        return check

    def _if(self, condition: Mapping[str, Any], schema: Mapping[str, Any]) -> _Check:
        holds, then = self.check(condition), self.check(schema["then"])
        return lambda value: [] if holds(value) else then(value)

    def _items(self, schema: Mapping[str, Any], _schema: Mapping[str, Any]) -> _Check:
        check_item = self.check(schema)

        def check(value: Any) -> list[_Problem]:
            if not isinstance(value, list):
                return []
            return [p.below(index) for index, item in enumerate(value) for p in check_item(item)]

        return check

    def _properties(self, properties: Mapping[str, Any], schema: Mapping[str, Any]) -> _Check:
        checks = {name: self.check(item) for name, item in properties.items()}
        others = schema.get("additionalProperties", True)
        other = self.check(others) if isinstance(others, dict) else None

        def of_key(name: str, item: Any) -> Iterable[_Problem]:
            known = checks.get(name, other)
            if known:
                return [p.below(name) for p in known(item)]
            if others is False:
                return [
                    _Problem(
                        (), f"has the key {json.dumps(name)}, which is not known{closest(name, checks)}", None, False
                    )
                ]
            return ()

        def check(value: Any) -> list[_Problem]:
            if not isinstance(value, dict):
                return []
            return [p for name, item in value.items() for p in of_key(name, item)]

        return check


def _in_turn(checks: list[_Check]) -> _Check:
    """The problems of all checks, unless the first, which is that of the type, has any."""
    if not checks:
        return lambda _value: []
    first, rest = checks[0], checks[1:]

    def check(value: Any) -> list[_Problem]:
        found = first(value)
        if not found:
            for one in rest:
                found = [*found, *more] if (more := one(value)) else found
        return found

    return check


def _type(wanted: str | list[str], _schema: Mapping[str, Any]) -> _Check:
    known = list(_known_types([wanted] if isinstance(wanted, str) else wanted))
    says = " or ".join(name for name, _unused in known)
    tests = [test for _unused, test in known]
    if len(tests) == 1:
        (test,) = tests
        return lambda value: [] if test(value) else [_Problem((), says, value)]
    return lambda value: [] if any(test(value) for test in tests) else [_Problem((), says, value)]


def _known_types(names: Iterable[str]) -> Iterator[tuple[str, Callable[[Any], bool]]]:
    for name in names:
        if name not in _TYPES:
            raise ValueError(f"the schema has the type {name}, which is not known here")
        yield _TYPES[name]


def _required(names: list[str], _schema: Mapping[str, Any]) -> _Check:
    def check(value: Any) -> list[_Problem]:
        if not isinstance(value, dict):
            return []
        return [_Problem((), f"has no {name}", None, False) for name in names if name not in value]

    return check


def _const(wanted: Any, _schema: Mapping[str, Any]) -> _Check:
    return _enum([wanted], {})


def _enum(wanted: list[Any], _schema: Mapping[str, Any]) -> _Check:
    # Python takes true for 1, JSON does not.
    known = {(isinstance(item, bool), item) for item in wanted}
    says = " or ".join(json.dumps(item) for item in wanted[:_MOST_SHOWN])
    says += f" or one of {len(wanted) - _MOST_SHOWN} others" if len(wanted) > _MOST_SHOWN else ""

    def check(value: Any) -> list[_Problem]:
        simple = not isinstance(value, (dict, list))
        return [] if simple and (isinstance(value, bool), value) in known else [_Problem((), says, value)]

    return check
