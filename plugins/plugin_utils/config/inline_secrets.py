# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of configuration files: they belong into files of their own, which only the service reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import inside
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import URL_CREDENTIALS


@dataclass(frozen=True)
class SecretRules:
    """What a secret looks like in a component's native keys.

    fixes: what to do instead, by key, or by ``parent.key`` where a key is a secret only there.
    opaque: mappings whose keys are names of the user's own; only URLs are looked for in there.
    url_fix: what to do instead of credentials in a URL.
    """

    fixes: Mapping[str, str]
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
        fix = self.fixes.get(f"{parent}.{key}", self.fixes.get(key))
        if fix and item not in (None, "", [], {}):
            raise ConfigError(f"{path} is a secret in plain text: {fix}.")
        self.check(item, path, key)
