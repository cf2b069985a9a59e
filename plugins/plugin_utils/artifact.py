# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build a pure Python program and its locked dependencies into one zipapp on the controller."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .cache import alone, cache_dir

FORMAT = "1"  # raise it when the way of building changes, so that nobody gets an artifact built the old way
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: equal content gives equal bytes
LEFT_OUT = ("__pycache__", "bin", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
SHEBANG = b"#!/usr/bin/env python3\n"
MAIN = "import sys\nfrom {package}.__main__ import main\nsys.exit(main())\n"


class ArtifactError(Exception):
    """One sentence for the operator."""


def build(source: Path, requirements: Path | None) -> tuple[Path, str]:
    """The artifact's path in the cache and the digest (16 hex) of what it was made from.

    source: directory of the package. requirements: lock file with hashes, pure Python wheels only.
    """
    digest = input_digest(source, requirements)
    path = cache_dir("artifacts") / f"{source.name}-{digest}.pyz"
    with alone(path):
        if not path.is_file():
            with tempfile.TemporaryDirectory(prefix="aetherlink-artifact-") as scratch:
                tree = Path(scratch) / "tree"
                tree.mkdir()
                if requirements:
                    _install(requirements, tree)
                shutil.copytree(source, tree / source.name, ignore=shutil.ignore_patterns("__pycache__"))
                (tree / "__main__.py").write_text(MAIN.format(package=source.name))
                partial = path.with_name(f".{path.name}.part")
                _zip(tree, partial)
                partial.replace(path)
    return path, digest


def input_digest(source: Path, requirements: Path | None) -> str:
    digest = hashlib.sha256(FORMAT.encode())
    files = [p for p in sorted(source.rglob("*")) if p.is_file() and not _left_out(p.relative_to(source))]
    for path in [*files, *([requirements] if requirements else [])]:
        name = path.relative_to(source) if path in files else path.name
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _left_out(path: Path) -> bool:
    return any(part in LEFT_OUT for part in path.parts)


def _install(requirements: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += [
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        f"--target={target}",
        f"--requirement={requirements}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reasons = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module named pip" in line]
        raise ArtifactError(
            f"pip on the controller ({sys.executable}) could not fetch the program's libraries "
            f"({(reasons or ['it gave no reason'])[0]}): make a package index reachable for it, or build the artifact "
            "elsewhere and name it in command_center_artifact."
        )


def _zip(tree: Path, target: Path) -> None:
    # Stored, not deflated: the same bytes whatever zlib the controller has, and quicker to import from.
    with target.open("wb") as stream:
        stream.write(SHEBANG)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(tree.rglob("*")):
                name = path.relative_to(tree)
                if path.is_file() and not _left_out(name):
                    entry = zipfile.ZipInfo(str(name), EPOCH)
                    entry.external_attr = 0o644 << 16
                    archive.writestr(entry, path.read_bytes())
