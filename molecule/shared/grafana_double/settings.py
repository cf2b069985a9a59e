# SPDX-License-Identifier: GPL-3.0-or-later
"""grafana.ini over conf/defaults.ini. As in Grafana, an unknown key or a value of the wrong type changes nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

_QUOTES = ('"""', "`", '"')
_REFERENCE = re.compile(r"%\((\w+)\)s")
_EXPANDER = re.compile(r"\$__(file|env)\{([^}]*)\}")
_BRACED = re.compile(r"\$\{([^}]+)\}")
_NAMED = re.compile(r"\$(?:\{([^}]+)\}|([A-Za-z0-9_]+))")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class FatalError(Exception):
    """The server cannot start or a reload fails; the text goes to the log alone."""


class Settings:
    """A path that is not absolute is below the home."""

    def __init__(self, home: Path, config: Path) -> None:
        self.home = home
        self._values = _parse(home / "conf/defaults.ini")
        self._defaults = {section: dict(keys) for section, keys in self._values.items()}
        for section, keys in _parse(config).items():
            self._values.setdefault(section, {}).update(keys)
        if self.text("database", "type") not in ("sqlite3", "mysql", "postgres"):
            raise FatalError(f"unknown database type: {self.text('database', 'type')}")
        if self.text("database", "type") != "sqlite3":
            raise FatalError("the double has no database server")
        if not self.text("server", "http_port").isdecimal():
            raise FatalError(f"listen tcp: lookup tcp/{self.text('server', 'http_port')}: unknown port")
        if not re.fullmatch(r"(\d+(ms|[smhdwMy]))*", self.text("auth", "login_maximum_lifetime_duration")):
            raise FatalError("invalid login_maximum_lifetime_duration")

    def text(self, section: str, key: str) -> str:
        """A value's environment variables are filled in before its files are read, so never in what a file holds."""
        keys = self._values.get(section, {})
        value = _REFERENCE.sub(lambda found: keys.get(found[1], ""), keys.get(key, ""))
        return _EXPANDER.sub(_expanded, _BRACED.sub(lambda found: os.environ.get(found[1], ""), value))

    def flag(self, section: str, key: str) -> bool:
        """Another text than true or false is taken for the default."""
        value = self.text(section, key).lower()
        return (value if value in ("true", "false") else self._defaults[section][key]) == "true"

    def number(self, section: str, key: str) -> int:
        value = self.text(section, key)
        return int(value if value.isdecimal() else self._defaults[section][key])

    def seconds(self, section: str, key: str) -> float:
        """0 where it is no duration."""
        found = re.findall(r"([\d.]+)([smh])", self.text(section, key))
        return sum(float(number) * _UNITS[unit] for number, unit in found)

    def path(self, section: str, key: str) -> Path:
        return self.home / self.text(section, key)


def provisioned(value: str) -> str:
    """A text of a provisioning file. Environment variables count in what a file holds, too; `$$` is one $."""
    parts = (_EXPANDER.sub(_expanded, part) for part in value.split("$$"))
    return "$".join(_NAMED.sub(lambda found: os.environ.get(found[1] or found[2], ""), part) for part in parts)


def _expanded(found: re.Match[str]) -> str:
    if found[1] == "env":
        return os.environ.get(found[2], "")
    try:
        return Path(found[2]).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise FatalError(f"failed to expand {found[0]}: {error}") from None


def _parse(path: Path) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    section = ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise FatalError(f"failed to parse {path}: {error}") from None
    for line in map(str.strip, lines):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif line and line[0] not in "#;":
            key, equals, value = line.partition("=")
            if not equals:
                raise FatalError(f"failed to parse {path}: key-value delimiter not found: {line}")
            sections.setdefault(section, {})[key.strip()] = _unquoted(value.strip())
    return sections


def _unquoted(text: str) -> str:
    for quote in _QUOTES:
        if text.startswith(quote) and text.find(quote, len(quote)) > 0:
            return text[len(quote) : text.find(quote, len(quote))]
    return re.split("[#;]", text, maxsplit=1)[0].strip()
