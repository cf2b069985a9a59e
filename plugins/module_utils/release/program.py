# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""versions/<version>/: the program of a release, put there once and never changed."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from .desired_release import Program
from .durable import STAGE_PREFIX, fsync_dir, write_durably

RECORD = ".files.json"  # of a version, written last: size, mtime and ctime of each file, so that none has to be read


def installed_version(program: Program) -> str | None:
    """The version that a release would have now; None when the distribution's package is not installed."""
    if program.method != "package":
        return program.version
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", program.package]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except FileNotFoundError as error:
        raise ReleaseError(
            "this host has no dpkg, and the install method `package` is for Debian and its relatives: "
            "use the install method `archive` here."
        ) from error
    state, _separator, version = done.stdout.strip().partition(" ")
    # An epoch's colon is no good in a path that ends up in PATH-like lists.
    return version.replace(":", "_") if done.returncode == 0 and state == "installed" else None


def repository_differs(program: Program) -> bool:
    """Whether apt was told of another package repository or key than the one that is wanted."""
    if not program.apt_source:
        return False
    try:
        return Path(program.apt_source["path"]).read_text(errors="replace") != program.apt_source["content"]
    except FileNotFoundError:
        return True


def refuse_old(program: Program, version: str | None) -> None:
    """ReleaseError where the version, known or not yet, is older than the oldest that will do."""
    if version and program.oldest and version_numbers(version) < version_numbers(program.oldest):
        other = "deploy to a newer Debian, or use" if program.method == "package" else "set a newer version for"
        raise ReleaseError(
            f"the program's version is {version}, and its configuration needs {program.oldest} or newer: "
            f"{other} the install method `archive`"
        )


def version_numbers(version: str) -> list[int]:
    """[2, 42] of 2.42.0+ds-5 and of 1_2.42.0, which has an epoch; what has no such numbers counts as new."""
    found = re.match(r"(?:\d+_)?(\d+)\.(\d+)", version)
    return [int(number) for number in found.groups()] if found else [sys.maxsize]


def is_whole(version_dir: Path) -> bool:
    """The version is there and is what was put there."""
    try:
        return bool(json.loads((version_dir / RECORD).read_text()) == fingerprint(version_dir))
    except (OSError, ValueError):
        return False


def fingerprint(version_dir: Path) -> dict[str, list[int]]:
    found = {}
    for path in sorted(version_dir.rglob("*")):
        if path.name == RECORD or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() and not path.exists():
            raise OSError(f"{path} points nowhere")
        status = path.lstat()
        found[str(path.relative_to(version_dir))] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    return found


def put(program: Program, version: str, versions: Path) -> None:
    """Make versions/<version> whole: complete or not at all."""
    final = versions / version
    if is_whole(final):
        if program.source:  # another run was faster
            Path(program.source).unlink(missing_ok=True)
        return
    staged = versions / f"{STAGE_PREFIX}{version}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o755)
    try:
        if program.method == "package":
            _link_package(program, staged)
        elif program.method == "archive":
            _unpack(program, staged)
        else:
            _copy_artifact(program, staged)
        write_durably(staged / RECORD, json.dumps(fingerprint(staged)).encode(), 0o644)
        if final.exists():
            shutil.rmtree(final)  # it was damaged; the running process keeps what it has open
        os.rename(staged, final)
        fsync_dir(versions)
        if program.source:
            Path(program.source).unlink(missing_ok=True)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise


def _link_package(program: Program, staged: Path) -> None:
    for name, wanted in program.links.items():
        # Of several places the first that is there; a part that has several may also be in none.
        target = wanted if isinstance(wanted, str) else next((path for path in wanted if Path(path).exists()), "")
        if not target:
            continue
        if not Path(target).exists():
            raise ReleaseError(f"the package {program.package} on this host has no {target}")
        (staged / name).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, staged / name)


@contextmanager
def _verified_source(program: Program) -> Iterator[IO[bytes]]:
    """The upload, opened once: what was verified is what is read, whatever its name leads to by then.

    Raises ReleaseError unless it is a file that root alone can have written, with the right checksum.
    """
    if not program.source:
        raise ReleaseError(_not_uploaded(program))
    try:
        descriptor = os.open(program.source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise ReleaseError(_not_uploaded(program)) from None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ReleaseError(_not_roots(program)) from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        is_alone = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
        if not is_alone or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            raise ReleaseError(_not_roots(program))
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
        if digest.hexdigest() != program.sha256:
            raise ReleaseError(
                f"version {program.version} was damaged on its way to the host (its sha256 differs): run again"
            )
        stream.seek(0)
        yield stream


def _not_uploaded(program: Program) -> str:
    return (
        f"version {program.version} is not on this host and was not brought along: "
        "run the whole role, without --start-at-task"
    )


def _not_roots(program: Program) -> str:
    return (
        f"{program.source} is not a file that only root can write, so it is not installed: find out who put it there, "
        "remove it and run again"
    )


def _unpack(program: Program, staged: Path) -> None:
    try:
        with _verified_source(program) as source, tarfile.open(fileobj=source) as archive:
            _extract(archive, staged)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise ReleaseError(
            f"the archive of version {program.version} is no tar archive or a torn one ({reason}): "
            "check where its URL leads"
        ) from error
    missing = [name for name, at in program.links.items() if isinstance(at, str) and not (staged / name).exists()]
    if missing:
        raise ReleaseError(f"the archive of version {program.version} does not contain {', '.join(missing)}")


def _extract(archive: tarfile.TarFile, staged: Path) -> None:
    """Regular files only, below the archive's one top folder, which is left out."""
    for member in archive:
        parts = PurePosixPath(member.name).parts[1:]
        if not member.isfile() or not parts or ".." in parts:
            continue
        content = cast(IO[bytes], archive.extractfile(member))  # never None for a regular file
        target = staged.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("wb") as stream:
            shutil.copyfileobj(content, stream, 1 << 20)
            stream.flush()
            os.fsync(stream.fileno())
        target.chmod(0o755 if member.mode & 0o111 else 0o644)


def _copy_artifact(program: Program, staged: Path) -> None:
    (name,) = program.links
    with _verified_source(program) as source:
        write_durably(staged / name, source.read(), 0o755)
