# SPDX-License-Identifier: GPL-3.0-or-later
"""versions/<version>: put there whole from a package, an archive or an artifact, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.desired_release import Program
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.program import (
    installed_version,
    is_whole,
    put,
    refuse_old,
    repository_differs,
)

LINKS = {"app": "", "apptool": ""}
TOP = "app-1.0.linux-amd64"


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    path = tmp_path / "versions"
    path.mkdir()
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Program]:
    """An uploaded release archive: the usual two programs and a licence, and whatever members are added."""

    def make(*members: tarfile.TarInfo, programs: tuple[str, ...] = ("app", "apptool")) -> Program:
        path = tmp_path / "app.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            for name, mode in [*((program, 0o755) for program in programs), ("LICENSE", 0o664)]:
                entry = tarfile.TarInfo(f"{TOP}/{name}")
                entry.mode, entry.size, entry.uid = mode, len(name), 4711
                tar.addfile(entry, io.BytesIO(name.encode()))
            for entry in members:
                tar.addfile(entry, io.BytesIO(b"x" * entry.size))
        return uploaded("archive", path)

    return make


def uploaded(method: str, path: Path, links: dict[str, str] | None = None) -> Program:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Program(method, version="1.0", links=links or LINKS, source=str(path), sha256=digest)


def of_method(program: Program, method: str) -> Program:
    return replace(program, method=method, links={"app": ""} if method == "artifact" else program.links)


def member(name: str, type_: bytes = tarfile.REGTYPE, link: str = "", size: int = 1) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = type_, link, size if type_ == tarfile.REGTYPE else 0
    return entry


def content(version: Path) -> list[str]:
    return sorted(str(path.relative_to(version)) for path in version.rglob("*") if not path.is_dir())


def refusal(program: Program, versions: Path) -> str:
    with pytest.raises(ReleaseError) as raised:
        put(program, "1.0", versions)
    assert os.listdir(versions) == [], "something was left behind"
    return str(raised.value)


# Archives


def test_an_archive_is_unpacked_without_its_top_folder(archive: Callable[..., Program], versions: Path) -> None:
    program = archive()

    put(program, "1.0", versions)

    assert content(versions / "1.0") == [".files.json", "LICENSE", "app", "apptool"]
    assert (versions / "1.0" / "app").read_text() == "app"
    assert is_whole(versions / "1.0")
    assert not Path(program.source).exists(), "the upload was left behind"


def test_programs_can_be_run_and_nothing_else_and_root_owns_them(
    archive: Callable[..., Program], versions: Path
) -> None:
    put(archive(), "1.0", versions)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (versions / "1.0").iterdir()}
    assert (modes["app"], modes["LICENSE"]) == (0o755, 0o644)
    assert {path.stat().st_uid for path in (versions / "1.0").iterdir()} == {os.getuid()}


def test_nothing_of_an_archive_gets_out_of_its_folder(
    archive: Callable[..., Program], versions: Path, tmp_path: Path
) -> None:
    program = archive(
        member(f"{TOP}/../../../evil"),
        member(f"{tmp_path}/absolute"),
        member(f"{TOP}/link", tarfile.SYMTYPE, "/etc/passwd"),
        member(f"{TOP}/hard", tarfile.LNKTYPE, "/etc/passwd"),
        member(f"{TOP}/pipe", tarfile.FIFOTYPE),
        member("alone"),
    )

    put(program, "1.0", versions)

    inside = [name for name in content(versions / "1.0") if name not in (".files.json", "LICENSE", "app", "apptool")]
    assert inside == [str(tmp_path / "absolute").lstrip("/")], "an absolute name stays below the version"
    assert not (tmp_path / "evil").exists() and not (tmp_path / "absolute").exists()


def test_an_archive_without_the_program_is_refused(archive: Callable[..., Program], versions: Path) -> None:
    sentence = refusal(archive(programs=("app",)), versions)

    assert sentence == "the archive of version 1.0 does not contain apptool"


@pytest.mark.parametrize("data", [b"PK\x03\x04 a zip file", b"", b"\x1f\x8b\x08 no gzip"], ids=["zip", "empty", "torn"])
def test_what_is_no_archive_is_refused(versions: Path, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "app.tar.gz"
    path.write_bytes(data)

    assert re.fullmatch(
        r"the archive of version [\d.]+ is no tar archive or a torn one \([^:\n]+\): check where its URL leads",
        refusal(uploaded("archive", path), versions),
    )


def test_an_archive_that_ends_early_is_refused(archive: Callable[..., Program], versions: Path) -> None:
    path = Path(archive().source)
    path.write_bytes(path.read_bytes()[:-30])

    assert refusal(uploaded("archive", path), versions).startswith("the archive of version 1.0 is no tar archive")


NOT_ROOTS = "is not a file that only root can write, so it is not installed"


def test_an_upload_that_others_may_write_is_refused(archive: Callable[..., Program], versions: Path) -> None:
    program = archive()
    Path(program.source).chmod(0o622)

    assert NOT_ROOTS in refusal(program, versions)


def test_an_upload_with_a_second_name_is_refused(
    archive: Callable[..., Program], versions: Path, tmp_path: Path
) -> None:
    program = archive()
    os.link(program.source, tmp_path / "planted")

    assert NOT_ROOTS in refusal(program, versions)


@pytest.mark.parametrize("method", ["archive", "artifact"])
def test_an_upload_that_is_a_link_is_refused(
    archive: Callable[..., Program], versions: Path, tmp_path: Path, method: str
) -> None:
    program = archive()
    real = Path(program.source).rename(tmp_path / "elsewhere")
    Path(program.source).symlink_to(real)

    assert NOT_ROOTS in refusal(of_method(program, method), versions)


def test_an_upload_that_is_a_pipe_is_refused_and_nothing_waits_for_it(
    archive: Callable[..., Program], versions: Path
) -> None:
    program = archive()
    Path(program.source).unlink()
    os.mkfifo(program.source, 0o600)

    assert NOT_ROOTS in refusal(program, versions)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("method", ["archive", "artifact"])
def test_an_upload_of_another_user_is_refused(archive: Callable[..., Program], versions: Path, method: str) -> None:
    program = archive()
    os.chown(program.source, 65534, 65534)

    assert NOT_ROOTS in refusal(of_method(program, method), versions)


def test_what_was_verified_is_what_is_unpacked_whatever_its_name_leads_to_by_then(
    archive: Callable[..., Program], versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = archive()
    planted = tmp_path / "planted.tar.gz"
    with tarfile.open(planted, "w:gz") as tar:
        for name in ("app", "apptool"):
            entry = tarfile.TarInfo(f"{TOP}/{name}")
            entry.mode, entry.size = 0o755, 4
            tar.addfile(entry, io.BytesIO(b"evil"))
    sha256 = hashlib.sha256

    class Swaps:
        """The name leads elsewhere as soon as the checksum is known."""

        def __init__(self) -> None:
            self.update = (real := sha256()).update
            self.real = real

        def hexdigest(self) -> str:
            if planted.exists():
                planted.replace(program.source)
            return self.real.hexdigest()

    monkeypatch.setattr("hashlib.sha256", Swaps)
    put(program, "1.0", versions)

    assert (versions / "1.0" / "app").read_text() == "app"


def test_an_upload_that_was_damaged_on_its_way_is_refused(archive: Callable[..., Program], versions: Path) -> None:
    program = archive()
    Path(program.source).write_bytes(b"damaged")

    assert refusal(program, versions) == (
        "version 1.0 was damaged on its way to the host (its sha256 differs): run again"
    )


@pytest.mark.parametrize("source", ["", "/nowhere/app.tar.gz"])
def test_a_version_that_was_not_brought_along_is_told(versions: Path, source: str) -> None:
    assert refusal(Program("archive", version="1.0", links=LINKS, source=source), versions) == (
        "version 1.0 is not on this host and was not brought along: run the whole role, without --start-at-task"
    )


# Artifacts


def test_an_artifact_is_one_file(versions: Path, tmp_path: Path) -> None:
    path = tmp_path / "app.pyz"
    path.write_bytes(b"a program")

    put(uploaded("artifact", path, {"app.pyz": ""}), "1.0", versions)

    assert (versions / "1.0" / "app.pyz").read_bytes() == b"a program"
    assert stat.S_IMODE((versions / "1.0" / "app.pyz").stat().st_mode) == 0o755
    assert is_whole(versions / "1.0") and not path.exists()


# Packages


@pytest.fixture
def package(tmp_path: Path) -> Program:
    """A package that the distribution has installed."""
    for name in ("app", "apptool"):
        (tmp_path / name).write_text(name)
    return Program("package", package="app", links={name: str(tmp_path / name) for name in ("app", "apptool")})


def test_a_package_is_linked_to(package: Program, versions: Path) -> None:
    put(package, "1.0-2", versions)

    assert os.readlink(versions / "1.0-2" / "app") == package.links["app"]
    assert is_whole(versions / "1.0-2")


def test_a_package_without_the_program_is_told(package: Program, versions: Path) -> None:
    Path(package.links["apptool"]).unlink()

    assert refusal(package, versions) == f"the package app on this host has no {package.links['apptool']}"


def test_a_package_that_lost_its_program_is_not_whole(package: Program, versions: Path) -> None:
    put(package, "1.0-2", versions)
    Path(package.links["app"]).unlink()

    assert not is_whole(versions / "1.0-2")


@pytest.mark.parametrize(
    ("there", "differs"), [("URIs: a\n", False), ("URIs: b\n", True), ("", True), (None, True), ("\udcff", True)]
)
def test_another_package_repository_is_seen(tmp_path: Path, there: str | None, differs: bool) -> None:
    path = tmp_path / "app.sources"
    if there is not None:
        path.write_text(there, errors="surrogateescape")

    assert repository_differs(Program("package", apt_source={"path": str(path), "content": "URIs: a\n"})) is differs


def test_a_program_without_a_repository_of_its_own_is_not_asked_about() -> None:
    assert not repository_differs(Program("package"))


# What is there already


def test_a_version_that_is_whole_is_left_alone(archive: Callable[..., Program], versions: Path) -> None:
    put(archive(), "1.0", versions)
    before = (versions / "1.0").stat().st_ino

    put(Program("archive", version="1.0", links=LINKS), "1.0", versions)

    assert (versions / "1.0").stat().st_ino == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda version: (version / "app").write_text("ppa"),
        lambda version: (version / "app").chmod(0o777),
        lambda version: (version / "app").unlink(),
        lambda version: (version / "more").touch(),
        lambda version: (version / ".files.json").unlink(),
        lambda version: (version / ".files.json").write_text("{"),
    ],
    ids=["changed", "mode", "removed", "added", "no record", "torn record"],
)
def test_a_damaged_version_is_seen_and_replaced(
    archive: Callable[..., Program], versions: Path, damage: Callable[[Path], object]
) -> None:
    put(archive(), "1.0", versions)
    damage(versions / "1.0")
    assert not is_whole(versions / "1.0")

    put(archive(), "1.0", versions)

    assert is_whole(versions / "1.0") and (versions / "1.0" / "app").read_text() == "app"
    assert os.listdir(versions) == ["1.0"]


def test_what_a_killed_deploy_left_half_unpacked_is_cleared(archive: Callable[..., Program], versions: Path) -> None:
    (versions / ".stage-1.0").mkdir()
    (versions / ".stage-1.0" / "half").touch()

    put(archive(), "1.0", versions)

    assert content(versions / "1.0") == [".files.json", "LICENSE", "app", "apptool"]
    assert os.listdir(versions) == ["1.0"]


# Which version a host has


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("installed 2.42.0+ds-5+deb12u1", "2.42.0+ds-5+deb12u1"),
        ("installed 1:2.0-1", "1_2.0-1"),
        ("config-files 2.42.0+ds-5", None),
        ("half-configured 2.42.0+ds-5", None),
        ("not-installed ", None),
        ("", None),
    ],
)
def test_the_version_of_a_package_is_the_installed_one(
    package: Program, double_on_path: Callable[[str, str], Path], printed: str, version: str | None
) -> None:
    double_on_path("dpkg-query", f"printf '{printed}'")

    assert installed_version(package) == version


def test_a_package_that_dpkg_has_never_heard_of_is_not_installed(
    package: Program, double_on_path: Callable[[str, str], Path]
) -> None:
    double_on_path("dpkg-query", "echo 'dpkg-query: no packages found matching app' >&2; exit 1")

    assert installed_version(package) is None


def test_a_host_without_dpkg_is_told_what_to_use(package: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ReleaseError, match=r"this host has no dpkg.*use the install method `archive` here\."):
        installed_version(package)


def test_the_version_of_what_we_bring_is_known(archive: Callable[..., Program]) -> None:
    assert installed_version(archive()) == "1.0"


@pytest.mark.parametrize("version", ["2.41.0", "2.9.3+ds-1", "1_2.24.1-1", "1.99"])
@pytest.mark.parametrize("method", ["package", "archive"])
def test_a_version_that_is_too_old_is_refused(method: str, version: str) -> None:
    with pytest.raises(ReleaseError, match=r"version is \S+, and its configuration needs 2\.42 or newer: "):
        refuse_old(Program(method, version=version, oldest="2.42"), version)


@pytest.mark.parametrize("version", ["2.42.0+ds-5+b5", "2.100.0", "3.5.3", "1_2.42.0", "nightly", None])
def test_a_version_that_is_new_enough_or_not_known_yet_is_not(version: str | None) -> None:
    refuse_old(Program("package", oldest="2.42"), version)
