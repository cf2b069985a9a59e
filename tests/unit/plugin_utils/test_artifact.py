# SPDX-License-Identifier: GPL-3.0-or-later
"""A program and its libraries become one file that any host can run. The libraries come from a directory here."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import artifact
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.artifact import ArtifactError, build

ROOT = Path(__file__).resolve().parents[3]
MAIN = "from greeting import word\n\n\ndef main() -> int:\n    print(word)\n    return 3\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A package that needs the library `greeting`."""
    package = tmp_path / "src" / "hello"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(MAIN)
    return package


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel of `greeting`, in the only place where pip looks."""
    path = tmp_path / "wheels" / "greeting-1.0-py3-none-any.whl"
    path.parent.mkdir()
    info = "greeting-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("greeting.py", 'word = "good morning"\n')
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"greeting.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


@pytest.fixture
def requirements(tmp_path: Path, wheel: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"greeting==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    return path


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As a host runs it: with the system's libraries alone."""
    command = [sys.executable, "-I", "-S", str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_demo_verticals_are_built_and_run() -> None:
    path, version = build(ROOT / "roles/demo_verticals/files/demo_verticals", None)

    done = run(path, "--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()[0].isdigit()
    assert path.name == f"demo_verticals-{version}.pyz"


def test_a_program_brings_its_libraries_and_its_exit_status(source: Path, requirements: Path) -> None:
    path, _ = build(source, requirements)

    done = run(path)

    assert (done.returncode, done.stdout) == (3, "good morning\n")


def test_nothing_but_sources_and_metadata_is_packed(source: Path, requirements: Path) -> None:
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "x.pyc").write_bytes(b"old")

    path, _ = build(source, requirements)

    assert sorted(zipfile.ZipFile(path).namelist()) == [
        "__main__.py",
        "greeting-1.0.dist-info/METADATA",
        "greeting-1.0.dist-info/WHEEL",
        "greeting.py",
        "hello/__init__.py",
        "hello/__main__.py",
    ]


def test_the_same_sources_give_the_same_bytes_anywhere_at_any_time(
    source: Path, requirements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, version = build(source, requirements)
    moved = Path(shutil.copytree(source, tmp_path / "elsewhere" / "hello"))
    for file in moved.iterdir():
        os.utime(file, (0, 0))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another-cache"))

    again, same_version = build(moved, requirements)

    assert again != path and again.read_bytes() == path.read_bytes()
    assert same_version == version


def test_a_changed_source_or_lock_file_is_another_version(source: Path, requirements: Path) -> None:
    def version() -> str:
        return artifact.input_digest(source, requirements)

    first = version()
    (source / "__main__.py").write_text(MAIN.replace("3", "4"))
    second = version()
    (source / "more.py").write_text("")
    third = version()
    (source / "more.py").rename(source / "other.py")
    fourth = version()
    requirements.write_text(requirements.read_text() + "# a comment\n")

    assert len({first, second, third, fourth, version()}) == 5


def test_compiled_files_do_not_make_another_version(source: Path) -> None:
    before = artifact.input_digest(source, None)
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "x.pyc").write_bytes(b"anything")

    assert artifact.input_digest(source, None) == before


def test_an_artifact_is_built_once_however_many_hosts_ask(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []
    zip_ = artifact._zip
    monkeypatch.setattr(artifact, "_zip", lambda tree, target: (built.append(target), zip_(tree, target)))

    with ThreadPoolExecutor(4) as hosts:
        found = set(hosts.map(lambda _: build(source, None), range(4)))

    assert len(found) == 1 and len(built) == 1


def test_a_library_that_is_not_the_locked_one_is_refused(source: Path, requirements: Path, cache: Path) -> None:
    requirements.write_text(f"greeting==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(ArtifactError, match="THESE PACKAGES DO NOT MATCH THE HASHES"):
        build(source, requirements)

    assert list((cache / "artifacts").glob("*.pyz")) == []


def test_a_library_without_a_hash_is_refused(source: Path, requirements: Path) -> None:
    requirements.write_text("greeting==1.0\n")

    with pytest.raises(ArtifactError, match="Hashes are required"):
        build(source, requirements)


def test_a_library_that_cannot_be_fetched_is_told_with_the_way_out(source: Path, requirements: Path) -> None:
    requirements.write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(ArtifactError) as raised:
        build(source, requirements)

    sentence = str(raised.value)
    assert f"({sys.executable}) could not fetch the program's libraries (ERROR: Could not find a version" in sentence
    assert sentence.endswith("or build the artifact elsewhere and name it in command_center_artifact.")
    assert "\n" not in sentence
