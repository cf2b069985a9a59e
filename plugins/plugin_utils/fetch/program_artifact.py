# SPDX-License-Identifier: GPL-3.0-or-later
"""The zipapp of one of this collection's own programs: built from the role's files, or one that somebody has built."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import ArtifactSource
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.artifact import ArtifactError, build
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import sha256_of


def artifact(source: ArtifactSource) -> dict[str, str]:
    """{path, version, sha256} of the file on the controller. Raises ArtifactError or CacheError."""
    if source.prebuilt:
        path, version, sha256 = _prebuilt(Path(source.prebuilt), source.variable)
    else:
        path, version, sha256 = build(source.folder, source.requirements, source.module_utils)
    return {"path": str(path), "version": version, "sha256": sha256}


def _prebuilt(path: Path, variable: str) -> tuple[Path, str, str]:
    if not path.is_file():
        raise ArtifactError(
            f"{variable} names {path}, which is not a file on the controller: build it or leave it out."
        )
    if not zipfile.is_zipfile(path) or "__main__.py" not in zipfile.ZipFile(path).namelist():
        raise ArtifactError(
            f"{variable} names {path}, which is no artifact (a zip file with a __main__.py): build it or leave it out."
        )
    sha256 = sha256_of(path)
    return path, sha256[:16], sha256
