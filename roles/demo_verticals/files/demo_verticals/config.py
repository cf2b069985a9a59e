# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file of the demo verticals."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .figures import KINDS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class ConfigError(Exception):
    """A configuration that cannot be used: where, what is wrong, how to fix it."""

    def __init__(self, where: str, problem: str, fix: str) -> None:
        super().__init__(f"{where} {problem}; {fix}.")


@dataclass(frozen=True)
class Service:
    name: str
    kind: str
    address: str
    port: int


@dataclass(frozen=True)
class Config:
    """sha256: hex digest of the file's bytes, by which a deploy knows which configuration is loaded."""

    admin_address: str
    admin_port: int
    services: tuple[Service, ...]
    sha256: str


def load(path: Path) -> Config:
    """Read and check the file at path. Raises ConfigError."""
    try:
        raw = path.read_bytes()
        document = json.loads(raw)
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read ({error.strerror})", "check the path and who may read") from None
    except (ValueError, RecursionError):
        raise ConfigError(str(path), "is not JSON", "write it as JSON in UTF-8") from None
    root = _object(document, "the configuration", {"listen", "services"})
    listen = _object(root.get("listen", {}), "listen", {"address", "admin_address", "admin_port"})
    address = _address(listen.get("address", "127.0.0.1"), "listen.address")
    config = Config(
        admin_address=_address(listen.get("admin_address", "127.0.0.1"), "listen.admin_address"),
        admin_port=_port(listen.get("admin_port", 8100), "listen.admin_port"),
        services=_services(root.get("services"), address),
        sha256=hashlib.sha256(raw).hexdigest(),
    )
    _no_duplicates([service.name for service in config.services], "name")
    _no_duplicates([config.admin_port, *(service.port for service in config.services)], "port")
    return config


def _services(value: object, address: str) -> tuple[Service, ...]:
    if not isinstance(value, list) or not value:
        raise ConfigError("services", "is not a list with services", "give at least one")
    return tuple(_service(item, f"services[{index}]", address) for index, item in enumerate(value))


def _service(value: object, where: str, address: str) -> Service:
    fields = _object(value, where, {"name", "kind", "port"})
    name, kind = fields.get("name"), fields.get("kind")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ConfigError(f"{where}.name", "is not a name", "use up to 64 letters, digits, '.', '_' or '-'")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ConfigError(f"{where}.kind", "is not known", f"use one of {', '.join(KINDS)}")
    return Service(name, kind, address, _port(fields.get("port"), f"{where}.port"))


def _object(value: object, where: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(where, "is not an object", "write it in braces")
    unknown = sorted(set(value) - known)
    if unknown:
        raise ConfigError(f"{where}: {unknown[0]}", "is not a known key", f"use {', '.join(sorted(known))}")
    return value


def _address(value: object, where: str) -> str:
    try:
        return str(ipaddress.ip_address(value if isinstance(value, str) else ""))
    except ValueError:
        raise ConfigError(where, "is not an IP address", "give one such as 127.0.0.1") from None


def _port(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise ConfigError(where, "is not a port", "give a whole number from 1 to 65535")
    return value


def _no_duplicates(values: list[Any], what: str) -> None:
    for value in values:
        if values.count(value) > 1:
            raise ConfigError(f"{what} {value}", "is used twice", f"give each service its own {what}")
