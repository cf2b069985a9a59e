# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers of dashboards out of <provisioning>/dashboards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ProvisioningError
from .document import Check, boolean, documents, fields, items, organisation, text, whole

_PROVIDER: dict[str, Check] = {
    "name": text,
    "orgId": organisation,
    "type": text,
    "folder": text,
    "folderUid": text,
    "editable": boolean,
    "disableDeletion": boolean,
    "updateIntervalSeconds": whole,
    "allowUiUpdates": boolean,
    "options": lambda value, place: fields(value, place, _OPTIONS, ("path",)),
}
_OPTIONS: dict[str, Check] = {"path": text, "foldersFromFilesStructure": boolean}


@dataclass(frozen=True)
class Provider:
    """interval: seconds between two looks at the files."""

    name: str
    path: Path
    folder: str
    folder_uid: str
    by_directory: bool
    keep_missing: bool
    writable: bool
    interval: int


def read(directory: Path) -> list[Provider]:
    """Raises ProvisioningError."""
    found: dict[str, Provider] = {}
    for path, content in documents(directory):
        file = fields(content, path, {"apiVersion": whole, "providers": items(_provider)}, ("apiVersion",))
        if file["apiVersion"] != 1:
            raise ProvisioningError(f"{path}: apiVersion is not 1")
        for provider in file.get("providers", []):
            if provider.name in found:
                raise ProvisioningError(f"{path}: dashboard name {provider.name!r} is not unique")
            found[provider.name] = provider
    return list(found.values())


def _provider(value: Any, place: str) -> Provider:
    given = fields(value, place, _PROVIDER, ("name", "options"))
    options = given["options"]
    provider = Provider(
        name=given["name"],
        path=Path(options["path"]),
        folder=given.get("folder", ""),
        folder_uid=given.get("folderUid", ""),
        by_directory=options.get("foldersFromFilesStructure", False),
        keep_missing=given.get("disableDeletion", False),
        writable=given.get("allowUiUpdates", False),
        interval=given.get("updateIntervalSeconds") or 10,
    )
    if given.get("type", "file") != "file":
        raise ProvisioningError(f"{place}: type {given['type']} is not supported")
    if provider.by_directory and (provider.folder or provider.folder_uid):
        raise ProvisioningError(
            f"{place}: 'folder' and 'folderUID' should be empty using 'foldersFromFilesStructure' option"
        )
    if not provider.path.is_absolute():
        raise ProvisioningError(f"{place}: options: path is not absolute")
    if provider.interval < 1:
        raise ProvisioningError(f"{place}: updateIntervalSeconds is below 1")
    return provider
