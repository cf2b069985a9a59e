# SPDX-License-Identifier: GPL-3.0-or-later
"""A package repository as Grafana's is one, signed with a key that is made for it. Needs dpkg-deb and gpg."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import tempfile
from email.utils import formatdate
from pathlib import Path

SUITE, COMPONENT = "stable", "main"
_OWNER = "Test double of Grafana's repository <tests@aetherlink.example>"


def write(directory: Path, packages: list[Path], architecture: str) -> str:
    """The fingerprint of the key, whose public part is at gpg-full.key."""
    release = directory / "dists" / SUITE
    index = release / COMPONENT / f"binary-{architecture}"
    index.mkdir(parents=True, exist_ok=True)
    text = "\n".join(_stanza(directory, package) for package in packages)
    (index / "Packages").write_text(text)
    (index / "Packages.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (release / "Release").write_text(_release(release, index, architecture))
    return _sign(directory, release)


def _stanza(directory: Path, package: Path) -> str:
    pool = directory / "pool" / COMPONENT / "g" / "grafana" / package.name
    pool.parent.mkdir(parents=True, exist_ok=True)
    content = package.read_bytes()
    pool.write_bytes(content)
    control = subprocess.run(["dpkg-deb", "-f", str(package)], check=True, capture_output=True, text=True).stdout
    digest = hashlib.sha256(content).hexdigest()
    return f"{control}Filename: {pool.relative_to(directory)}\nSize: {len(content)}\nSHA256: {digest}\n"


def _release(release: Path, index: Path, architecture: str) -> str:
    lines = [
        f"Origin: test double of Grafana\nLabel: test double\nSuite: {SUITE}\nCodename: {SUITE}",
        f"Date: {formatdate(usegmt=True)}\nArchitectures: {architecture}\nComponents: {COMPONENT}\nSHA256:",
    ]
    for path in sorted(index.iterdir()):
        content = path.read_bytes()
        lines.append(f" {hashlib.sha256(content).hexdigest()} {len(content)} {path.relative_to(release)}")
    return "\n".join(lines) + "\n"


def _sign(directory: Path, release: Path) -> str:
    with tempfile.TemporaryDirectory() as home:

        def gpg(*arguments: str) -> str:
            command = ["gpg", "--homedir", home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
            return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True).stdout

        gpg("--quick-generate-key", _OWNER, "rsa3072", "sign", "never")
        (directory / "gpg-full.key").write_text(gpg("--armor", "--export"))
        for options, name in ((["--clearsign"], "InRelease"), (["--armor", "--detach-sign"], "Release.gpg")):
            gpg(*options, "--output", str(release / name), str(release / "Release"))
        listed = gpg("--with-colons", "--fingerprint")
        # The agent would outlive the directory.
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False, capture_output=True)
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
