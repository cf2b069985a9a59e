# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands out the values of a JSON object checked, so that a mistake is told by its key path, in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from re import Pattern
from typing import Any, TypeVar

T = TypeVar("T")
REQUIRED: Any = object()


class ConfigError(Exception):
    """A configuration that cannot be used: where, what is wrong, how to fix it. Never quotes a value."""

    def __init__(self, where: str, problem: str, fix: str) -> None:
        super().__init__(f"{where} {problem}; {fix}.")


def parse_json(raw: bytes, where: str) -> object:
    """Parse strict JSON in UTF-8; a key given twice is an error, which plain JSON parsers let pass."""

    def no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ConfigError(where, "has a key twice in one object", "remove one of them")
        return result

    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=no_duplicates)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{where}: line {error.lineno}", f"is not JSON ({error.msg})", "correct it there") from None
    except (ValueError, RecursionError):
        raise ConfigError(where, "is not JSON in UTF-8", "write it as JSON in UTF-8") from None


def read_file(path: Path, where: str) -> bytes:
    """Read a file that the configuration names (or the configuration itself)."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            where, f"cannot be read ({path}: {error.strerror})", "check the path and who may read"
        ) from None


class Section:
    """One JSON object. Each key is asked for once by its type; done() refuses the keys that nobody asked for."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise ConfigError(path or "the configuration", "is not an object", "write it in braces")
        self._values: dict[str, object] = value
        self._path = path
        self._known: set[str] = set()

    def at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str, default: T = REQUIRED, pattern: Pattern[str] | None = None, hint: str = "") -> str | T:
        value = self._take(key, default)
        if key not in self._values:
            return value
        if not isinstance(value, str) or not value:
            raise ConfigError(self.at(key), "is not a text", f"give {hint or 'a text in quotes'}")
        if pattern and not pattern.fullmatch(value):
            raise ConfigError(self.at(key), "is not allowed", f"give {hint}")
        if not value.isprintable():  # half characters (lone surrogates) are not either
            raise ConfigError(self.at(key), "has characters that cannot be printed", "remove them")
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ConfigError(self.at(key), "is out of range", f"give a number from {low:g} to {high:g}")
        return float(value)

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(self.at(key), "is out of range", f"give a whole number from {low} to {high}")
        return value

    def section(self, key: str) -> Section:
        """The object under key; an empty one when it is not there."""
        return Section(self._take(key, {}), self.at(key))

    def sections(self, key: str) -> list[Section]:
        value = self._take(key, REQUIRED)
        if not isinstance(value, list):
            raise ConfigError(self.at(key), "is not a list", "write it in square brackets")
        return [Section(item, f"{self.at(key)}[{index}]") for index, item in enumerate(value)]

    def has(self, key: str) -> bool:
        return key in self._values

    def done(self) -> None:
        """Refuse unknown keys: most of them are typing errors, and one of those would change nothing silently."""
        unknown = sorted(set(self._values) - self._known)
        if unknown:
            known = ", ".join(sorted(self._known))
            raise ConfigError(self.at(unknown[0]), "is not a known key", f"remove it or use one of {known}")

    def _take(self, key: str, default: Any) -> Any:
        self._known.add(key)
        if key not in self._values and default is REQUIRED:
            raise ConfigError(self.at(key), "is missing", "add it")
        return self._values.get(key, default)
