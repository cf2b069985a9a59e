# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of configuration files: they belong into files of their own, which only the service reads.

A secret is known by its key, whatever it is a key of: receivers and service discoveries newer than this file have
password, token and api_key, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import inside
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import URL_CREDENTIALS

_SECRET_KEY = re.compile(
    r"(^|_)(password|passphrase|secret|secrets|token|token_id|credential|credentials|webhook_url)$|_key$", re.IGNORECASE
)
_CLIENT_KEYS = frozenset({"tls_config", "smtp_tls_config"})
"""Their ``key`` is a private key."""


@dataclass(frozen=True)
class SecretRules:
    """What a secret looks like in a component's native keys.

    variable: of the component's secrets.
    fixes: what to do instead, by key or ``parent.key``; else the secret goes into a file that <key>_file names.
    more: secrets that no name tells, as ``parent.key`` or ``key``.
    plain: keys that only look like one, in the same forms.
    opaque: mappings whose keys are names of the user's own; only URLs are looked for in there.
    url_fix: what to do instead of credentials in a URL.
    """

    variable: str
    fixes: Mapping[str, str]
    more: frozenset[str]
    plain: frozenset[str]
    opaque: frozenset[str]
    url_fix: str

    def check(self, value: Any, path: str, parent: str = "") -> None:
        """Refuse secrets in plain text and URLs with credentials, anywhere in the value. Raises ConfigError."""
        if isinstance(value, dict):
            for key, item in value.items():
                self._check_key(key, item, inside(path, key), parent)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.check(item, f"{path}[{index}]", parent)
        elif isinstance(value, str) and URL_CREDENTIALS.search(value):
            fix = "use a proxy that asks for none" if path.endswith(".proxy_url") else self.url_fix
            raise ConfigError(f"{path} is a URL with credentials in it: take them out and {fix}.")

    def _check_key(self, key: str, item: Any, path: str, parent: str) -> None:
        if parent in self.opaque:
            self.check(item, path, parent)
            return
        holds_value = bool(item) and not isinstance(item, (bool, dict))
        if holds_value and self._is_secret(key, parent):
            in_file = f"put it into {self.variable} and name its file in {key}_file"
            fix = self.fixes.get(f"{parent}.{key}", self.fixes.get(key, in_file))
            raise ConfigError(f"{path} is a secret in plain text: {fix}.")
        self.check(item, path, key)

    def _is_secret(self, key: str, parent: str) -> bool:
        names = {key, f"{parent}.{key}"}
        if names & self.plain:
            return False
        return bool(names & self.more or _SECRET_KEY.search(key) or (key == "key" and parent in _CLIENT_KEYS))
