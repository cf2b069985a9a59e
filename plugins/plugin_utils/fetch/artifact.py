# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build a pure Python program and its locked dependencies into one zipapp on the controller."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import alone, cache_dir

FORMAT = "1"  # raise it when the way of building changes, so that nobody gets an artifact built the old way
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: equal content gives equal bytes
LEFT_OUT = ("__pycache__", "bin", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
SHEBANG = b"#!/usr/bin/env python3\n"
MODULE_UTILS = PurePosixPath("ansible_collections/aetherlink/monitoring/plugins/module_utils")
HERE = Path(__file__).resolve().parents[2] / "module_utils"
MAIN = "import sys\nfrom {package}.__main__ import main\nsys.exit(main())\n"


class ArtifactError(Exception):
    """One sentence for the operator."""


def build(source: Path, requirements: Path | None, module_utils: Sequence[str] = ()) -> tuple[Path, str, str]:
    """The artifact's path in the cache, the digest (16 hex) of what it was made from, and its sha256.

    source: directory of the package. requirements: lock file with hashes, pure Python wheels only. module_utils: of
    this collection, that the program shares with its modules (`notifications.protocols`); like a module of Ansible, it
    imports them by their full names, and nothing comes with them that they import.
    It is built anew on each use, of wheels that match the lock file: a cache is only as good as its disk.
    """
    shared = _shared(module_utils)
    digest = input_digest(source, requirements, shared.items())
    files = _libraries(requirements) if requirements else {}
    for path in source.rglob("*"):
        if path.is_file():
            files[f"{source.name}/{path.relative_to(source)}"] = path.read_bytes()
    files.update(shared)
    files["__main__.py"] = MAIN.format(package=source.name).encode()
    content = _zipped(files)
    path = cache_dir("artifacts") / f"{source.name}-{digest}.pyz"
    with alone(path):
        if not path.is_file() or path.read_bytes() != content:
            _write(path, content)
    return path, digest, hashlib.sha256(content).hexdigest()


def input_digest(source: Path, requirements: Path | None, shared: Iterable[tuple[str, bytes]] = ()) -> str:
    digest = hashlib.sha256(FORMAT.encode())
    files = [p for p in sorted(source.rglob("*")) if p.is_file() and not _left_out(p.relative_to(source))]
    for path in [*files, *([requirements] if requirements else [])]:
        name = path.relative_to(source) if path in files else path.name
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    for packed, content in sorted(shared):
        digest.update(f"{packed}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _shared(module_utils: Sequence[str]) -> dict[str, bytes]:
    """{name: content} of these files, and of the packages that they are in."""
    files: dict[str, bytes] = {}
    for module in module_utils:
        path = PurePosixPath(*module.split(".")).with_suffix(".py")
        if not (HERE / path).is_file():
            raise ArtifactError(f"module_utils names {module}, which this collection does not have: correct the name.")
        packages = (MODULE_UTILS / path).parents
        files.update((str(package / "__init__.py"), b"") for package in packages if package.name)
        files[str(MODULE_UTILS / path)] = (HERE / path).read_bytes()
    return files


def _left_out(path: Path | PurePosixPath) -> bool:
    return any(part in LEFT_OUT for part in path.parts)


def _libraries(requirements: Path) -> dict[str, bytes]:
    """{name: content} of all files of the locked wheels."""
    locked = _locked(requirements.read_text())
    directory = cache_dir("wheels")
    with alone(directory / "pip"):
        wheels = [_cached(directory, hashes) for hashes in locked]
        if None in wheels:
            _download(requirements, directory)
            wheels = [_cached(directory, hashes) for hashes in locked]
    files: dict[str, bytes] = {}
    for wheel in wheels:
        if wheel is None:
            raise ArtifactError(f"pip fetched no wheel for a line of {requirements}: lock each library by one line.")
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            files.update((name, archive.read(name)) for name in archive.namelist() if not name.endswith("/"))
    return files


def _locked(text: str) -> list[set[str]]:
    """The checksums that each library of a lock file may have."""
    found = []
    for line in map(str.strip, text.replace("\\\n", " ").splitlines()):
        if line.startswith("-") and not line.startswith("--only-binary"):
            raise ArtifactError(f"the lock file has the line {line}: list each library in it, and no options.")
        if line and line[0] not in "#-":
            found.append(set(re.findall(r"--hash=sha256:([0-9a-f]{64})", line)))
    return found


def _cached(directory: Path, hashes: set[str]) -> bytes | None:
    """A wheel in the cache with one of these checksums."""
    for name in hashes:
        path = directory / f"{name}.whl"
        if path.is_file() and hashlib.sha256(content := path.read_bytes()).hexdigest() == name:
            return content
    return None


def _download(requirements: Path, directory: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="aetherlink-wheels-") as scratch:
        # -I: the working directory must not have a say in what `pip` is.
        command = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += [
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            f"--dest={scratch}",
            f"--requirement={requirements}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reasons = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module named pip" in line]
            raise ArtifactError(
                f"pip on the controller ({sys.executable}) could not fetch the program's libraries "
                f"({(reasons or ['it gave no reason'])[0]}): make a package index reachable for it, or build the "
                "artifact elsewhere and name it in command_center_artifact."
            )
        for path in Path(scratch).iterdir():
            content = path.read_bytes()
            _write(directory / f"{hashlib.sha256(content).hexdigest()}.whl", content)


def _zipped(files: dict[str, bytes]) -> bytes:
    # Stored, not deflated: the same bytes whatever zlib the controller has, and quicker to import from.
    stream = io.BytesIO()
    stream.write(SHEBANG)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(map(PurePosixPath, files), key=lambda path: path.parts):
            if not _left_out(name):
                entry = zipfile.ZipInfo(str(name), EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, files[str(name)])
    return stream.getvalue()


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(content)
    partial.replace(path)
