# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file of the inbox."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ConfigError(Exception):
    """A configuration that cannot be used: where, what is wrong, how to fix it."""

    def __init__(self, where: str, problem: str, fix: str) -> None:
        super().__init__(f"{where} {problem}; {fix}.")


@dataclass(frozen=True)
class Mail:
    """What the mail server asks for. certificate: with it, STARTTLS is offered and a login needs it."""

    username: str = ""
    password: str = ""
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class Config:
    """sha256: hex digest of the file's bytes, by which a deploy knows which configuration is loaded."""

    address: str
    port: int
    smtp_port: int
    keep: int
    mail: Mail
    sha256: str


def load(path: Path) -> Config:
    """Read and check the file at path. Raises ConfigError."""
    raw = _read(path)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise ConfigError(str(path), "is not JSON", "write it as JSON in UTF-8") from None
    root = _object(document, "the configuration", {"listen", "keep", "smtp"})
    listen = _object(root.get("listen", {}), "listen", {"address", "port", "smtp_port"})
    config = Config(
        address=_address(listen.get("address", "127.0.0.1"), "listen.address"),
        port=_number(listen.get("port", 8025), "listen.port", 65535),
        smtp_port=_number(listen.get("smtp_port", 1025), "listen.smtp_port", 65535),
        keep=_number(root.get("keep", 2000), "keep", 100_000),
        mail=_mail(root.get("smtp", {}), path.parent),
        sha256=hashlib.sha256(raw).hexdigest(),
    )
    if config.port == config.smtp_port:
        raise ConfigError("listen.smtp_port", "is listen.port again", "give each its own port")
    return config


def _mail(value: object, base: Path) -> Mail:
    fields = _object(value, "smtp", {"username", "password_file", "certificate_file", "key_file"})
    username = fields.get("username", "")
    if not isinstance(username, str):
        raise ConfigError("smtp.username", "is not text", "give the login's name")
    if bool(username) != ("password_file" in fields):
        raise ConfigError("smtp", "has a login in part", "give username and password_file, or neither")
    if ("certificate_file" in fields) != ("key_file" in fields):
        raise ConfigError("smtp", "has a certificate in part", "give certificate_file and key_file, or neither")
    files = {key: _path(fields[key], f"smtp.{key}", base) for key in fields if key.endswith("_file")}
    password = _read(files["password_file"]).decode(errors="replace").strip() if username else ""
    return Mail(username, password, files.get("certificate_file"), files.get("key_file"))


def _path(value: object, where: str, base: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise ConfigError(where, "is not a path", "name a file")
    return base / value


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read ({error.strerror})", "check the path and who may read") from None


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


def _number(value: object, where: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ConfigError(where, "is out of range", f"give a whole number from 1 to {most}")
    return value
