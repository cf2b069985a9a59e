# SPDX-License-Identifier: GPL-3.0-or-later
"""How Prometheus asks the components of this collection: by HTTPS and with a password, where they want that.

A password goes to nobody else: an entry gets these keys only for hosts of a component's group at the component's own
port, and each component has its own. The exporter of a node on the same host has another port, and gets nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.keys import discovers
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import Owner, with_port
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import (
    caller_password_file,
    caller_user,
)

_SECRETS = "secrets/"
_LOGINS = ("basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file", "sigv4")
"""Prometheus takes one of them."""


@dataclass(frozen=True)
class Asked:
    """A host of a group, and the port that it is asked at."""

    group: str
    host: dict[str, Any]
    port: int

    def target(self) -> dict[str, Any]:
        return {"targets": [with_port(self.host["address"], self.port)]}

    @property
    def instance(self) -> str:
        return f"{self.host['name']}:{self.port}"

    @property
    def is_component(self) -> bool:
        """Only hosts of component groups tell whether they use TLS."""
        return "tls" in self.host and self.port == self.host["port"]

    @property
    def has_tls(self) -> bool:
        return self.is_component and bool(self.host["tls"])


@dataclass(frozen=True)
class Entry:
    """A scrape job or an Alertmanager entry as the user wrote it, and the hosts of its inventory groups."""

    value: dict[str, Any]
    owner: Owner
    asked: list[Asked]

    @property
    def leads_elsewhere(self) -> bool:
        """An exporter that probes its targets is asked in their place."""
        return any(rule.get("target_label") == "__address__" for rule in self.value.get("relabel_configs", []))

    @property
    def has_others(self) -> bool:
        """Whether it has targets that no inventory group names."""
        return bool(self.value.get("static_configs")) or discovers(self.value)

    def all_or_refuse(self, wanting: list[Asked], what: str, keys: str) -> None:
        """One set of keys is for all targets of an entry. Raises ConfigError where only some want it."""
        others = [one.instance for one in self.asked if one not in wanting]
        others += ["targets of its own"] if self.has_others else []
        if others:
            raise ConfigError(
                f"{self.owner.path}: {self.owner.title} asks {wanting[0].instance}, which wants {what}, and "
                f"{others[0]}, of which that is not known: make two of it, or set {keys} in it yourself."
            )


@dataclass(frozen=True)
class Access:
    """ca_file: the authority of the components. user: the machine user, empty where nobody is asked for a password."""

    ca_file: str
    user: str

    def of(self, entry: Entry) -> dict[str, Any]:
        """The keys that the entry needs beside its own, which win."""
        return {} if entry.leads_elsewhere else {**self._tls(entry), **self._login(entry)}

    def _tls(self, entry: Entry) -> dict[str, Any]:
        wanting = [one for one in entry.asked if one.has_tls]
        if not wanting or ("scheme" in entry.value and "tls_config" in entry.value):
            return {}
        if entry.value.get("scheme") == "http":
            return {}
        entry.all_or_refuse(wanting, "HTTPS", "scheme and tls_config")
        made = {"scheme": "https", "tls_config": {"ca_file": self.ca_file}}
        return {key: value for key, value in made.items() if key not in entry.value}

    def _login(self, entry: Entry) -> dict[str, Any]:
        wanting = [one for one in entry.asked if one.is_component and self.user]
        if not wanting or any(key in entry.value for key in _LOGINS):
            return {}
        entry.all_or_refuse(wanting, "a password", "basic_auth")
        first = wanting[0]
        for other in (one for one in wanting if one.group != first.group):
            raise ConfigError(
                f"{entry.owner.path}: {entry.owner.title} asks {first.instance} of the group {first.group} and "
                f"{other.instance} of the group {other.group}, which take different passwords: make two of it, or set "
                "basic_auth in it yourself."
            )
        user, password_file = caller_user(self.user, "prometheus"), caller_password_file(first.group)
        return {"basic_auth": {"username": user, "password_file": password_file}}


def renewing(config: dict[str, Any], secrets: dict[str, Any], salt: str) -> dict[str, Any]:
    """The scrape job, which differs when a secret does that it names by file.

    Prometheus 3.5 goes on with the old password after a reload that finds the job as it was (seen: it keeps the request
    with its header). So the job names the secrets' state in a label that Prometheus itself drops. What people can read
    of it must not help them to guess a secret: it is of a slow hash, and short.
    """
    if not any(path.startswith(_SECRETS) for path in _files(config)):
        return config
    rule = {"target_label": "__tmp_secrets", "replacement": _state(json.dumps(secrets, sort_keys=True), salt)}
    return {**config, "relabel_configs": [*config.get("relabel_configs", []), rule]}


def _files(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and str(key).endswith("_file"):
                yield value
            else:
                yield from _files(value)
    elif isinstance(node, list):
        for value in node:
            yield from _files(value)


@cache
def _state(secrets: str, salt: str) -> str:
    return hashlib.scrypt(secrets.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=4).hex()
