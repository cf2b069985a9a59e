# SPDX-License-Identifier: GPL-3.0-or-later
"""grafana.ini: sections of keys as text, without secrets in it."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import inside, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import HEADER
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import URL_CREDENTIALS, mapping

_NAME = re.compile(r"[A-Za-z0-9_.-]+(?: [A-Za-z0-9_-]+)?")
_SECRET = re.compile(r"(?:^|_)(?:password|secret|token|dsn)$|(?:secret|account|access|api|encryption|license)_key$")
_INSIDE = re.compile(r"\b(?:password|passwd|pwd|secret|token)=", re.IGNORECASE)  # as in a connection string
_EXPANDED = re.compile(r"\$__(?:file|env|vault)\{[^}]*\}")


def merged(*layers: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Sections of all layers; where two have the same key, the later one's value counts."""
    result: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for section, keys in layer.items():
            result[section] = {**result.get(section, {}), **keys}
    return result


def check(value: Any, path: str) -> None:
    """What an operator wrote as {section: {key: value}}."""
    for section, keys in mapping(value, path).items():
        for key, item in mapping(keys, inside(path, section)).items():
            place = inside(inside(path, section), key)
            if not _NAME.fullmatch(section) or not _NAME.fullmatch(key):
                raise ConfigError(f"{place} is not a section and a key of grafana.ini: use letters, digits, dot and _.")
            _check_value(key, item, place)


_OWN = {
    "server.protocol": "grafana_tls",
    "server.cert_file": "the role, which puts the host's certificate there (aether_tls_files has those of your own)",
    "server.cert_key": "the role, which puts the host's key there (aether_tls_files has those of your own)",
    "server.cert_pass": "the role, whose key has none",
    "server.http_addr": "grafana_listen_address",
    "server.http_port": "grafana_port",
    "server.root_url": "grafana_root_url",
    "paths.*": "the role",
    "database.*": "grafana_database",
    "security.admin_user": "grafana_admin_user",
    "security.admin_password": "grafana_secrets",
    "security.secret_key": "grafana_secrets",
    "auth.basic.enabled": "the role, whose health check needs it",
}


def check_of_operator(value: Any, path: str) -> None:
    """The same, without what has a variable of its own: a deploy would ask Grafana elsewhere than it is."""
    check(value, path)
    for section, keys in value.items():
        for key in keys:
            owner = _OWN.get(f"{section}.{key}") or _OWN.get(f"{section}.*")
            if owner:
                raise ConfigError(f"{inside(inside(path, section), key)} is set by {owner}: take it out.")
            choices, value = _CHOICES.get(f"{section}.{key}"), keys[key]
            if choices and str(value) not in choices:
                place = inside(inside(path, section), key)
                raise ConfigError(
                    f"{place} is {shown(value, place)}, which Grafana would ignore: write one of {', '.join(choices)}."
                )


_CHOICES = {
    "security.cookie_samesite": ("lax", "strict", "none", "disabled"),
    "server.min_tls_version": ("TLS1.2", "TLS1.3"),
    "log.level": ("debug", "info", "warn", "error", "critical"),
}
"""Where the default that Grafana falls back to is a weaker one, and its defaults.ini does not list the values."""


def _check_value(key: str, item: Any, place: str) -> None:
    if item is None or isinstance(item, (dict, list)):
        raise ConfigError(f"{place} is {shown(item, place)}: write text, a number, true or false.")
    if not isinstance(item, str):
        return
    if "\n" in item or '"""' in item:
        raise ConfigError(
            f"{place} has a line break or three quotes in it, which grafana.ini cannot hold: take them out."
        )
    if "%(" in item:
        raise ConfigError(f"{place} has %( in it, which Grafana takes for the name of another key: write it otherwise.")
    secret = _SECRET.search(key) and item and not _EXPANDED.fullmatch(item)
    if secret or _INSIDE.search(item) or URL_CREDENTIALS.search(item):
        raise ConfigError(
            f"{place} has a secret in plain text: put it into grafana_secrets under a name of your own and write "
            "$__file{/etc/aetherlink/grafana/secrets/NAME} here."
        )


def render(sections: dict[str, dict[str, Any]]) -> str:
    lines = [HEADER.rstrip()]
    for section, keys in sections.items():
        lines += ["", f"[{section}]"]
        lines += [f"{key} = {_value(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    # Grafana's reader takes ; and # for the start of a comment, and strips blanks.
    return f'"""{text}"""' if re.search(r"[;#`\\]", text) or text != text.strip() else text
