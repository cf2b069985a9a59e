# SPDX-License-Identifier: GPL-3.0-or-later
"""command_center.json from the command_center_* variables; the bounds are the program's own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import web_files as web
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import json_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import literal_defaults
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import (
    Inventory,
    Owner,
    hosts_check,
    with_port,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import certificate_file, key_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    boolean,
    environment,
    fields,
    http_url,
    ip_address,
    label_name,
    label_safe_name,
    list_of,
    mapping,
    metric_name,
    one_of,
    parameters,
    path_of_url,
    plain,
    port,
    sequence,
    text,
    unique,
    whole,
)

PLATFORM_TOTALS = ("contacts", "deals", "jobs", "properties", "policies", "uploads")
SECRETS = {"digest_key": "secrets/digest_key", "aliases": "secrets/aliases.json"}
"""Secret names -> where the release has their files, below etc/."""

USERS_FILE = "secrets/web_users"

_DEFAULT_PATH = "/stats"


def _seconds_within(minimum: float, maximum: float) -> Check:
    def check(value: Any, path: str) -> float:
        seconds = _seconds(value, path)
        if not minimum <= seconds <= maximum:
            raise ConfigError(f"{path} is {shown(value, path)}: write a duration from {minimum:g}s to {maximum:g}s.")
        return seconds

    return check


def _seconds(value: Any, path: str) -> float:
    """Seconds of a number of seconds or a duration like 15s; a whole number stays one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    milliseconds = duration_ms(value, path)
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000


def _totals(value: Any, path: str) -> object:
    if not mapping(value, path):
        raise ConfigError(f"{path} is empty: map at least one of {', '.join(PLATFORM_TOTALS)}.")
    return fields(value, path, dict.fromkeys(PLATFORM_TOTALS, text))


_EXPOSITION: dict[str, Check] = {
    "timestamp_metric": metric_name,
    "attribution_metric": metric_name,
    "attribution_label": label_name,
}
_VERTICAL: dict[str, Check] = {
    "name": label_safe_name,
    "kind": one_of("stats", "exposition"),
    "url": http_url,
    "group": text,
    "port": port,
    "path": path_of_url,
    "scheme": one_of("http", "https"),
    "totals": _totals,
    **_EXPOSITION,
}

PARAMETERS: dict[str, Check] = {
    "env": environment,
    "host": text,
    "hosts": hosts_check,
    "listen_address": ip_address,
    "port": port,
    "tls": boolean,
    "basic_auth": boolean,
    "interval": _seconds_within(0.1, 3600),
    "timeout": _seconds_within(0.1, 3600),
    "stale_after": _seconds_within(0.1, 86400),
    "concurrency": whole(1, 1000),
    "max_body_bytes": whole(1024, 16 * 1024 * 1024),
    "top_keys": whole(0, 500),
    "state_dir": text,
    "secrets": list_of(text),
    "verticals": sequence,
}
_VARIABLES = {"env": "aether_env", "host": "inventory_hostname"}
_DEFAULTS: dict[str, Any] = {
    **literal_defaults("command_center"),
    "tls": False,
    "basic_auth": False,
    "state_dir": "/var/lib/aetherlink/command_center",
    "secrets": [],
}


_TLS = {"certificate_file": certificate_file("command_center"), "key_file": key_file("command_center")}


def files(params: Any) -> dict[str, str]:
    """{path below etc/: text}: command_center.json, as the program reads it. Raises ConfigError."""
    p = parameters(params, "command_center_", PARAMETERS, _DEFAULTS, _VARIABLES)
    for name in p["secrets"]:
        if name not in SECRETS:
            raise ConfigError(
                f"{inside('command_center_secrets', name)} is not a secret of Command Center"
                f"{closest(name, SECRETS)}: use {', '.join(SECRETS)}."
            )
    _at_most(p, "timeout", "interval")
    _at_most(p, "interval", "stale_after")
    document = {
        "env": p["env"],
        "listen": {"address": p["listen_address"], "port": p["port"], **({"tls": _TLS} if p["tls"] else {})},
        **({"basic_auth": {"users_file": USERS_FILE}} if p["basic_auth"] else {}),
        **{f"{key}_seconds": _seconds(p[key], key) for key in ("interval", "timeout", "stale_after")},
        "concurrency": p["concurrency"],
        "max_body_bytes": p["max_body_bytes"],
        "attribution": {
            "top_keys": p["top_keys"],
            **{f"{name}_file": path for name, path in SECRETS.items() if name in p["secrets"]},
        },
        "state_dir": p["state_dir"],
        "verticals": _verticals(p["verticals"], Inventory(p["hosts"], p["host"])),
    }
    return {"command_center.json": json_text(document)}


def users_files(params: Any) -> dict[str, str]:
    """{path below etc/: text} of secrets: the users' hashes, and the machine user's password. Raises ConfigError.

    Nothing where nobody is asked for a password. params: those of web.users but the component.
    """
    p = {**mapping(plain(params, "the parameters"), "the parameters"), "component": "command_center"}
    users = web.users(p)
    if not users:
        return {}
    # Lines and no JSON, of which each user's name alone would be masked as a secret, wherever it stands.
    lines = (
        f"{user}:{_hash(one, web.salt(p['env'], p['component'], p['host'], user))}\n" for user, one in users.items()
    )
    return {USERS_FILE: "".join(lines), **web.password_files(p["component"], str(p["password"]))}


def _hash(login: web.Login, salt: bytes) -> str:
    """As passwords.py of Command Center reads it; with Python alone, which is all that its host has."""
    if login.machine:
        # Not slower: beside it are logins derived from the same password, on which a guess costs no more than this.
        cost, salt, key = web.STRETCHING, web.STRETCHING_SALT, web.machine_hash(login.password)
    else:
        cost = {"n": 2 if login.derived else 2**14, "r": 8}
        key = _scrypt(login.password, salt, **cost)
    return f"scrypt${cost['n']}${cost['r']}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


@cache
def _scrypt(password: str, salt: bytes, n: int, r: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=1, dklen=32)


def _at_most(p: Mapping[str, Any], key: str, limit: str) -> None:
    if _seconds(p[key], key) > _seconds(p[limit], limit):
        raise ConfigError(
            f"command_center_{key} is {shown(p[key], '')}, longer than command_center_{limit}, {shown(p[limit], '')}: "
            "shorten the one or lengthen the other."
        )


def _verticals(values: list[Any], inventory: Inventory) -> list[dict[str, Any]]:
    paths = [f"command_center_verticals[{index}]" for index in range(len(values))]
    verticals = [fields(value, path, _VERTICAL, required=["name"]) for path, value in zip(paths, values)]
    unique(((path, vertical["name"]) for path, vertical in zip(paths, verticals)), "vertical")
    return [_vertical(vertical, path, inventory) for path, vertical in zip(paths, verticals)]


def _vertical(vertical: dict[str, Any], path: str, inventory: Inventory) -> dict[str, Any]:
    kind = vertical.get("kind", "stats")
    if kind == "stats":
        for key in _EXPOSITION:
            if key in vertical:
                raise ConfigError(f"{inside(path, key)} only goes with kind exposition: take it out or set the kind.")
    else:
        _check_exposition(vertical, path)
    result = {"name": vertical["name"], "kind": kind, "url": _url(vertical, path, inventory)}
    return {**result, **{key: vertical[key] for key in ("totals", *_EXPOSITION) if key in vertical}}


def _check_exposition(vertical: Mapping[str, Any], path: str) -> None:
    if "totals" not in vertical:
        raise ConfigError(
            f"{path} has no totals, which kind exposition needs: map platform totals to the service's metric names."
        )
    for total, metric in vertical["totals"].items():
        metric_name(metric, f"{path}.totals.{total}")
    if ("attribution_metric" in vertical) != ("attribution_label" in vertical):
        raise ConfigError(f"{path} has only one of attribution_metric and attribution_label: give both or neither.")


def _url(vertical: Mapping[str, Any], path: str, inventory: Inventory) -> str:
    if ("url" in vertical) == ("group" in vertical):
        wrong = "both url and group" if "url" in vertical else "neither url nor group"
        raise ConfigError(f"{path} has {wrong}: give url, or group and port of an inventory group.")
    if "url" in vertical:
        for key in ("port", "path", "scheme"):
            if key in vertical:
                raise ConfigError(f"{inside(path, key)} goes with group, but here is a url: write it into the url.")
        return str(vertical["url"])
    if "port" not in vertical:
        raise ConfigError(f"{path} has a group and no port: add the one that the service listens on.")
    fix = "add its host to the group, write a url instead, or take the vertical out of command_center_verticals"
    owner = Owner(path, f'the vertical "{vertical["name"]}"', fix)
    hosts = inventory.hosts_of(vertical["group"], f"{path}.group", owner)
    if len(hosts) > 1:
        raise ConfigError(
            f'{path}.group: {owner.title} names the inventory group "{vertical["group"]}", which has {len(hosts)} '
            "hosts: a vertical is one service, so write its url, or one vertical for each host in a group of its own."
        )
    address = with_port(hosts[0]["address"], vertical["port"])
    return f"{vertical.get('scheme', 'http')}://{address}{vertical.get('path', _DEFAULT_PATH)}"
