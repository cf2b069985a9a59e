# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a provider, found and keyed as Grafana does it.

The provider's path is resolved through all links, and a file is known by its path below that. So a file that is itself
a link is read through it but keeps its name, whatever it leads to; a link to a directory is no file and not followed.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ProvisioningError
from .providers import Provider


@dataclass(frozen=True)
class File:
    """path: the key. folder: the title of the folder that it goes to."""

    path: str
    folder: str
    checksum: str
    data: dict[str, Any]


def root(provider: Provider) -> Path:
    return provider.path.resolve()


def found(provider: Provider) -> list[str]:
    """Paths in order. Raises FileNotFoundError."""
    top = root(provider)
    if not top.is_dir():
        raise FileNotFoundError(f"stat {top}: no such directory")
    if top.name.startswith("."):
        return []
    paths = []
    for directory, directories, names in os.walk(top):
        links = [name for name in directories if os.path.islink(os.path.join(directory, name))]
        directories[:] = sorted(name for name in directories if not name.startswith(".") and name not in links)
        paths += [os.path.join(directory, name) for name in sorted(names + links) if name.endswith(".json")]
    return paths


def read(path: str, provider: Provider) -> File:
    """Raises ProvisioningError."""
    try:
        content = Path(path).read_bytes()
        data = json.loads(content.decode())
    except OSError as error:
        raise ProvisioningError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ProvisioningError(f"{path} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ProvisioningError(f"{path} is not a dashboard: it is no JSON object")
    directory = Path(path).parent
    folder = provider.folder
    if provider.by_directory:
        folder = "" if directory == root(provider) else directory.name
    return File(path, folder, hashlib.md5(content, usedforsecurity=False).hexdigest(), data)
