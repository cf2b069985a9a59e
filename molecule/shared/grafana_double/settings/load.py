# SPDX-License-Identifier: GPL-3.0-or-later
"""Defaults, the configuration, the environment and the command line, in this order, to what counts."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import Fatal
from . import expand, kinds
from .ini import TOP, IniError, Sections, parse

_IGNORED = ("GF_PATHS_HOME", "GF_PATHS_CONFIG", "GF_VERSION")  # of Grafana's images, no settings
_REFERENCE = re.compile(r"%\((\w+)\)s")


class Settings:
    """Values as text, by section and key; a path that is not absolute is below the home."""

    def __init__(self, home: Path, values: Sections) -> None:
        self.home, self._values = home, values

    def text(self, section: str, key: str) -> str:
        return self._values[section][key]

    def flag(self, section: str, key: str) -> bool:
        return self.text(section, key) == "true"

    def number(self, section: str, key: str) -> int:
        return int(self.text(section, key))

    def path(self, section: str, key: str) -> Path:
        return self.home / self.text(section, key)

    def section(self, name: str) -> Mapping[str, str]:
        return self._values.get(name, {})


def load(home: Path, config: Path, overrides: Sequence[str]) -> Settings:
    """overrides: `cfg:section.key=value` and `cfg:default.section.key=value` of the command line. Raises Fatal."""
    try:
        defaults = _read(home / "conf" / "defaults.ini")
        values = {section: dict(keys) for section, keys in defaults.items()}
        parsed = [_override(one) for one in overrides]
        # cfg:default... is weaker than the configuration, the others are stronger.
        _put(values, defaults, [item for weak, item in parsed if weak], "command line")
        _put(values, defaults, [(s, k, v) for s, keys in _read(config).items() for k, v in keys.items()], str(config))
        _put(values, defaults, _from_environment(defaults), "environment")
        _put(values, defaults, [item for weak, item in parsed if not weak], "command line")
        expanded = _expanded(values)
        _check(expanded, defaults)
    except IniError as error:
        raise Fatal("settings", "failed to load the configuration", error) from None
    return Settings(home, expanded)


def _read(path: Path) -> Sections:
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, ValueError) as error:
        raise IniError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _override(argument: str) -> tuple[bool, tuple[str, str, str]]:
    found = re.fullmatch(r"cfg:(default\.)?(?:([^=]+)\.)?([^=.]+)=(.*)", argument)
    if not found:
        raise IniError(f"{argument} is not of the form cfg:section.key=value")
    return bool(found[1]), (found[2] or TOP, found[3], found[4])


def _from_environment(defaults: Sections) -> list[tuple[str, str, str]]:
    """GF_SECTION_KEY. Grafana says nothing about one that is no setting."""
    names = {_variable(section, key): (section, key) for section, keys in defaults.items() for key in keys}
    found = []
    for name, value in sorted(os.environ.items()):
        if not name.startswith("GF_") or name in _IGNORED:
            continue
        if name not in names:
            raise IniError(f"the environment variable {name} is no setting of Grafana{_meant(name, names)}")
        found.append((*names[name], value))
    return found


def _variable(section: str, key: str) -> str:
    return re.sub(r"[.-]", "_", "_".join(filter(None, ("GF", section, key)))).upper()


def _put(values: Sections, defaults: Sections, items: Sequence[tuple[str, str, str]], where: str) -> None:
    for section, key, value in items:
        free = section in kinds.FREE or section.startswith(kinds.FREE_PREFIX)
        if not free and section not in defaults:
            raise IniError(f"{where}: [{section}] is no section of Grafana's settings{_meant(section, defaults)}")
        if not free and key not in defaults[section]:
            raise IniError(f"{where}: {key} is no key of [{section}]{_meant(key, defaults[section])}")
        values.setdefault(section, {})[key] = value


def _meant(word: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; is {close[0]} meant?" if close else ""


def _expanded(values: Sections) -> Sections:
    """`%(key)s` stands for another key of the section or of the top."""
    result: Sections = {}
    for section, keys in values.items():
        result[section] = {}
        for key, value in keys.items():
            place = f"{section}.{key}".lstrip(".")
            try:
                result[section][key] = expand.setting(_filled(value, keys, values[TOP]))
            except expand.ExpandError as error:
                raise IniError(f"{place}: {error}") from None
    return result


def _filled(value: str, keys: Mapping[str, str], top: Mapping[str, str]) -> str:
    for _ in range(10):  # a reference may lead to another
        value = _REFERENCE.sub(lambda found: keys.get(found[1], top.get(found[1], "")), value)
    return value


def _check(values: Sections, defaults: Sections) -> None:
    for section, keys in values.items():
        for key, value in keys.items():
            name = f"{section}.{key}".lstrip(".")
            phrase = kinds.problem(name, defaults.get(section, {}).get(key, ""), value)
            if phrase:
                raise IniError(f"{name} {phrase}: {value!r}")
