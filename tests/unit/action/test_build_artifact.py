# SPDX-License-Identifier: GPL-3.0-or-later
"""build_artifact: built from the sources, or taken as it was built elsewhere."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Act = Callable[..., dict[str, Any]]
SOURCE = Path(__file__).resolve().parents[3] / "roles/demo_verticals/files/demo_verticals"


def test_an_artifact_is_built_and_told_with_its_version_and_checksum(act: Act) -> None:
    result = act("build_artifact", source=str(SOURCE))

    path = Path(result["path"])
    assert result["changed"] is False
    assert path.name == f"demo_verticals-{result['version']}.pyz"
    assert result["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert act("build_artifact", source=str(SOURCE)) == result


def test_a_file_that_was_planted_in_the_cache_does_not_reach_a_host(act: Act) -> None:
    first = act("build_artifact", source=str(SOURCE))
    content = Path(first["path"]).read_bytes()
    Path(first["path"]).write_bytes(b"evil")

    assert act("build_artifact", source=str(SOURCE)) == first
    assert Path(first["path"]).read_bytes() == content


def test_a_cache_of_another_user_is_a_sentence(act: Act, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)

    result = act("build_artifact", source=str(SOURCE))

    assert result["failed"] and "belongs to another user: remove it" in result["msg"]


def test_an_artifact_built_elsewhere_is_taken_as_it_is(act: Act, tmp_path: Path, cache: Path) -> None:
    artifact = tmp_path / "command_center.pyz"
    with zipfile.ZipFile(artifact, "w") as archive:
        archive.writestr("__main__.py", "print('built elsewhere')")
    digest = hashlib.sha256(artifact.read_bytes()).hexdigest()

    result = act("build_artifact", source=str(SOURCE), prebuilt=str(artifact))

    assert (result["path"], result["sha256"], result["version"]) == (str(artifact), digest, digest[:16])
    assert not cache.exists()


def test_a_file_that_is_no_artifact_is_named_with_its_variable(act: Act, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("built elsewhere")
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("data.json", "{}")

    for name in ("notes.txt", "data.zip"):
        result = act("build_artifact", source=str(SOURCE), prebuilt=str(tmp_path / name))
        assert result["msg"].startswith(f"command_center_artifact names {tmp_path}/{name}, which is no artifact")


def test_an_artifact_that_is_not_there_is_named_with_its_variable(act: Act, tmp_path: Path) -> None:
    result = act("build_artifact", source=str(SOURCE), prebuilt=str(tmp_path / "none.pyz"))

    assert result == {
        "failed": True,
        "msg": f"command_center_artifact names {tmp_path}/none.pyz, which is not a file on the controller: "
        "build it or leave it out.",
    }


def test_libraries_that_cannot_be_had_are_told(act: Act, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")

    result = act("build_artifact", source=str(SOURCE), requirements=str(requirements))

    assert result["failed"] and "could not fetch the program's libraries" in result["msg"]
