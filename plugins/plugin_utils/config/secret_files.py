# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of the inventory as files of a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import inside
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import file_name, mapping, plain


def secret_files(secrets: Any, variable: str, shortest: Mapping[str, int] | None = None) -> dict[str, str]:
    """{path below etc/: text}: a text becomes secrets/<name>, a mapping secrets/<name>.json. Raises ConfigError.

    shortest: how many characters a secret has to have, by name. No error shows a value.
    """
    files: dict[str, str] = {}
    for name, value in mapping(plain(secrets, variable), variable).items():
        path = inside(variable, name)
        file_name(name, path)
        if isinstance(value, dict) and value:
            file, content = f"secrets/{name}.json", json.dumps(value, sort_keys=True)
        elif isinstance(value, str) and value.strip():
            file, content = f"secrets/{name}", value
        else:
            raise ConfigError(f"{path} {_wrong(value)}.")
        if len(content) < (shortest or {}).get(name, 0):
            raise ConfigError(
                f"{path} is shorter than {(shortest or {})[name]} characters: take a long one that nobody guesses, "
                "such as of `openssl rand -base64 24`."
            )
        if file in files:
            raise ConfigError(f"{path} becomes the file {file}, as another secret does: rename one of the two.")
        files[file] = content
    return files


def _wrong(value: Any) -> str:
    if isinstance(value, str) or value is None or value in ([], {}):
        return "is empty: set it, in the environment's vault, or take the name out"
    if isinstance(value, list):
        return "is a list, but must be a text, or a mapping that becomes JSON: set it to the secret itself"
    return "is no text, as YAML reads it: put it in quotes"
