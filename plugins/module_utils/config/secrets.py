# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of the inventory as files of a release."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import (
    ConfigError,
    file_name,
    inside,
    mapping,
    plain,
)


def secret_files(secrets: Any, variable: str) -> dict[str, str]:
    """{path below etc/: text}: a text becomes secrets/<name>, a mapping secrets/<name>.json. Raises ConfigError.

    No error shows a value.
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
            raise ConfigError(
                f"{path} is empty or not a text: set it, in the environment's vault, or take the name out."
            )
        if file in files:
            raise ConfigError(f"{path} becomes the file {file}, as another secret does: rename one of the two.")
        files[file] = content
    return files
