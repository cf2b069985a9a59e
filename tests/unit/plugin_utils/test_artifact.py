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
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch import artifact
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.artifact import ArtifactError, build

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
    path, version, _ = build(ROOT / "roles/demo_verticals/files/demo_verticals", None)

    done = run(path, "--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()[0].isdigit()
    assert path.name == f"demo_verticals-{version}.pyz"


def test_a_program_brings_its_libraries_and_its_exit_status(source: Path, requirements: Path) -> None:
    path, _, _ = build(source, requirements)

    done = run(path)

    assert (done.returncode, done.stdout) == (3, "good morning\n")


def test_what_a_program_shares_with_the_modules_is_packed_by_its_full_name(source: Path) -> None:
    name = "ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.protocols"
    (source / "__main__.py").write_text(
        f"from {name} import problems\n\ndef main():\n    print(problems('slack', []))\n"
    )
    alone = build(source, None)[1]

    path, version, _ = build(source, None, ["notifications.protocols"])

    assert run(path).stdout == "['Slack rejects what is no JSON object']\n"
    assert version != alone


def test_a_shared_file_that_is_not_there_is_a_sentence(source: Path) -> None:
    with pytest.raises(
        ArtifactError, match=r"^module_utils names no\.such, which this collection does not have: .*\.$"
    ):
        build(source, None, ["no.such"])


def test_nothing_but_sources_and_metadata_is_packed(source: Path, requirements: Path) -> None:
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "x.pyc").write_bytes(b"old")

    path, _, _ = build(source, requirements)

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
    path, version, sha256 = build(source, requirements)
    moved = Path(shutil.copytree(source, tmp_path / "elsewhere" / "hello"))
    for file in moved.iterdir():
        os.utime(file, (0, 0))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another-cache"))

    again, same_version, same_sum = build(moved, requirements)

    assert again != path and again.read_bytes() == path.read_bytes()
    assert (same_version, same_sum) == (version, sha256)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


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


@pytest.fixture
def pip_runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of all runs of pip, which is the real one."""
    commands: list[list[str]] = []
    real = subprocess.run

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return real(command, **more)

    monkeypatch.setattr(artifact.subprocess, "run", run)
    return commands


def test_libraries_are_downloaded_once_however_many_hosts_ask(
    source: Path, requirements: Path, pip_runs: list[list[str]]
) -> None:
    with ThreadPoolExecutor(4) as hosts:
        found = set(hosts.map(lambda _: build(source, requirements), range(4)))

    assert len(found) == 1
    (command,) = pip_runs
    assert command[1:5] == ["-I", "-m", "pip", "download"]


def test_a_file_that_is_as_it_should_be_is_not_written_again(source: Path) -> None:
    path, _, _ = build(source, None)
    inode = path.stat().st_ino

    build(source, None)

    assert path.stat().st_ino == inode


def test_an_artifact_that_was_planted_in_the_cache_is_replaced(source: Path, requirements: Path, cache: Path) -> None:
    """Its name is public: the digest of sources that everybody has."""
    planted = cache / "artifacts" / f"hello-{artifact.input_digest(source, requirements)}.pyz"
    planted.parent.mkdir(parents=True)
    planted.write_bytes(b"evil")

    path, _, sha256 = build(source, requirements)

    assert path == planted and run(path).stdout == "good morning\n"
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest() != hashlib.sha256(b"evil").hexdigest()


@pytest.mark.parametrize("content", [b"evil", b""])
def test_a_wheel_that_was_changed_in_the_cache_is_fetched_again(
    source: Path, requirements: Path, cache: Path, pip_runs: list[list[str]], content: bytes
) -> None:
    first = build(source, requirements)
    (wheel,) = (cache / "wheels").glob("*.whl")
    good = wheel.read_bytes()
    wheel.write_bytes(content)

    assert build(source, requirements) == first
    assert wheel.read_bytes() == good
    assert len(pip_runs) == 2


def test_a_changed_wheel_is_not_used_where_it_cannot_be_fetched_again(
    source: Path, requirements: Path, cache: Path, wheel: Path
) -> None:
    build(source, requirements)
    (cached,) = (cache / "wheels").glob("*.whl")
    cached.write_bytes(b"evil")
    wheel.unlink()

    with pytest.raises(ArtifactError, match="could not fetch the program's libraries"):
        build(source, requirements)


def test_a_file_called_pip_in_the_working_directory_is_not_run(
    source: Path, requirements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("open('was_run', 'w')\n")
    monkeypatch.chdir(tmp_path)

    path, _, _ = build(source, requirements)

    assert run(path).stdout == "good morning\n"
    assert not (tmp_path / "was_run").exists()


def test_a_library_that_the_lock_file_takes_from_elsewhere_is_refused(
    source: Path, requirements: Path, tmp_path: Path
) -> None:
    requirements.rename(tmp_path / "more.txt")
    requirements.write_text("-r more.txt\n")

    with pytest.raises(ArtifactError, match=r"the lock file has the line -r more.txt: list each library in it"):
        build(source, requirements)


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
