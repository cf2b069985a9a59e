# SPDX-License-Identifier: GPL-3.0-or-later
"""A program's zipapp: built from the sources, or taken as it was built elsewhere."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import ArtifactSource
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.artifact import ArtifactError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import CacheError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.program_artifact import artifact

SOURCE = Path(__file__).resolve().parents[3] / "roles/demo_verticals/files/demo_verticals"


def made(prebuilt: str = "", requirements: Path | None = None) -> dict[str, str]:
    return artifact(ArtifactSource(SOURCE, requirements, prebuilt, "command_center_artifact"))


def refusal(**source: Any) -> str:
    with pytest.raises((ArtifactError, CacheError)) as caught:
        made(**source)
    return str(caught.value)


def test_an_artifact_is_built_and_told_with_its_version_and_checksum() -> None:
    result = made()

    path = Path(result["path"])
    assert path.name == f"demo_verticals-{result['version']}.pyz"
    assert result["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert made() == result


def test_a_file_that_was_planted_in_the_cache_does_not_reach_a_host() -> None:
    first = made()
    content = Path(first["path"]).read_bytes()
    Path(first["path"]).write_bytes(b"evil")

    assert made() == first
    assert Path(first["path"]).read_bytes() == content


def test_a_cache_of_another_user_is_a_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)

    assert "belongs to another user: remove it" in refusal()


def test_an_artifact_built_elsewhere_is_taken_as_it_is(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "command_center.pyz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("__main__.py", "print('built elsewhere')")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    result = made(str(file))

    assert (result["path"], result["sha256"], result["version"]) == (str(file), digest, digest[:16])
    assert not cache.exists()


def test_a_file_that_is_no_artifact_is_named_with_its_variable(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("built elsewhere")
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("data.json", "{}")

    for name in ("notes.txt", "data.zip"):
        sentence = refusal(prebuilt=str(tmp_path / name))
        assert sentence.startswith(f"command_center_artifact names {tmp_path}/{name}, which is no artifact")


def test_an_artifact_that_is_not_there_is_named_with_its_variable(tmp_path: Path) -> None:
    assert refusal(prebuilt=str(tmp_path / "none.pyz")) == (
        f"command_center_artifact names {tmp_path}/none.pyz, which is not a file on the controller: "
        "build it or leave it out."
    )


def test_libraries_that_cannot_be_had_are_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")

    assert "could not fetch the program's libraries" in refusal(requirements=requirements)
