# SPDX-License-Identifier: GPL-3.0-or-later
"""inbox.json from the inbox_* variables."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import json_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import literal_defaults
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    ip_address,
    mapping,
    parameters,
    port,
    text,
    unique_ports,
    whole,
)

_FILES = {"smtp_password": "password_file", "smtp_certificate": "certificate_file", "smtp_key": "key_file"}


def _username(value: Any, path: str) -> object:
    return value if value == "" else text(value, path)


PARAMETERS: dict[str, Check] = {
    "listen_address": ip_address,
    "port": port,
    "smtp_port": port,
    "keep": whole(1, 100_000),
    "smtp_username": _username,
    "secrets": mapping,
}
_DEFAULTS = literal_defaults("inbox")


def files(params: Any) -> dict[str, str]:
    """{path below etc/: text}: inbox.json, as the program reads it. Raises ConfigError."""
    p = parameters(params, "inbox_", PARAMETERS, _DEFAULTS, {})
    unique_ports([("inbox_port", p["port"]), ("inbox_smtp_port", p["smtp_port"])])
    document = {
        "listen": {"address": p["listen_address"], "port": p["port"], "smtp_port": p["smtp_port"]},
        "keep": p["keep"],
        "smtp": _smtp(p["smtp_username"], p["secrets"]),
    }
    return {"inbox.json": json_text(document)}


def _smtp(username: str, secrets: dict[str, Any]) -> dict[str, str]:
    for name in secrets:
        if name not in _FILES:
            raise ConfigError(
                f"inbox_secrets.{name} is not a secret of the inbox{closest(name, list(_FILES))}: "
                f"use {', '.join(_FILES)}."
            )
    if bool(username) != ("smtp_password" in secrets):
        has, needs = ("inbox_smtp_username", "inbox_secrets.smtp_password")[:: 1 if username else -1]
        raise ConfigError(
            f"{has} is set and {needs} is not, and a login needs both: set that, too, or take the one out."
        )
    if ("smtp_certificate" in secrets) != ("smtp_key" in secrets):
        raise ConfigError(
            "inbox_secrets has one of smtp_certificate and smtp_key, and STARTTLS needs both: add the other one."
        )
    for name in ("smtp_certificate", "smtp_key"):
        if name in secrets and "-----BEGIN " not in str(secrets[name]):
            raise ConfigError(
                f"inbox_secrets.{name} is not in the form PEM: put the whole file there, from its line -----BEGIN."
            )
    named = {_FILES[name]: f"secrets/{name}" for name in sorted(secrets)}
    return {"username": username, **named} if username else named
