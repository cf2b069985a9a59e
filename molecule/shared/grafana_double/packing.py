# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives, Debian packages and an apt repository of the double, shaped as Grafana's are."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
import zipfile
from email.utils import formatdate
from pathlib import Path

import yaml

SOURCE = Path(__file__).parent
BUILD = "20261125001"  # in the archive's name; Grafana's are numbers that nothing else tells
_OWNER = "Test double of Grafana's repository <tests@aetherlink.example>"
_CONTROL = """Package: grafana
Version: {version}
Architecture: {architecture}
Maintainer: aetherlink.monitoring tests <tests@aetherlink.example>
Depends: python3 (>= 3.11), passwd
Description: Test double of Grafana
 It answers Grafana's HTTP API for the tests of aetherlink.monitoring. It is not Grafana.
"""
_POSTINST = """#!/bin/sh
set -e
getent passwd grafana >/dev/null || useradd --system --user-group --home-dir /usr/share/grafana --no-create-home grafana
"""
_UNIT = """[Unit]
Description=Grafana instance (test double)

[Service]
User=grafana
ExecStart=/usr/share/grafana/bin/grafana server --config=/etc/grafana/grafana.ini --homepath=/usr/share/grafana

[Install]
WantedBy=multi-user.target
"""


def program(version: str) -> dict[str, bytes]:
    """{path: content} of a directory that Python runs: the double, and the pure part of PyYAML."""
    own = [path for path in sorted(SOURCE.glob("*.py")) if path.name != Path(__file__).name]
    return {
        "__main__.py": b"from grafana_double.__main__ import main\n\nmain()\n",
        **{f"grafana_double/{path.name}": path.read_bytes() for path in own},
        **{f"yaml/{path.name}": path.read_bytes() for path in sorted(Path(yaml.__file__).parent.glob("*.py"))},
        "grafana_double/release.json": json.dumps({"version": version}).encode(),
    }


def home(version: str) -> dict[str, bytes]:
    """{path: content} of Grafana's home. Python runs a zip file, whatever stands before it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in program(version).items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return {
        "bin/grafana": b"#!/usr/bin/python3 -IB\n" + packed.getvalue(),
        "conf/defaults.ini": (SOURCE / "defaults.ini").read_bytes(),
        "data/plugins-bundled/prometheus/plugin.json": b'{"id": "prometheus", "type": "datasource"}\n',
        "public/about.txt": b"A test double of Grafana, and nothing of Grafana is in it.\n",
    }


def write_archive(directory: Path, version: str, architecture: str) -> Path:
    """The same sources make the same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in home(version).items():
            entry = tarfile.TarInfo(f"grafana-{version}/{name}")
            entry.size, entry.mode = len(content), 0o755 if name.startswith("bin/") else 0o644
            archive.addfile(entry, io.BytesIO(content))
    path = directory / f"grafana_{version}_{BUILD}_linux_{architecture}.tar.gz"
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    return path


def write_package(directory: Path, version: str, architecture: str) -> Path:
    files = {
        **{f"usr/share/grafana/{name}": content for name, content in home(version).items()},
        "usr/lib/systemd/system/grafana-server.service": _UNIT.encode(),
        "etc/grafana/grafana.ini": b"; all settings have their defaults\n",
        "DEBIAN/control": _CONTROL.format(version=version, architecture=architecture).encode(),
        "DEBIAN/postinst": _POSTINST.encode(),
    }
    path = directory / f"grafana_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        for name, content in files.items():
            file = Path(root, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o755 if name.endswith(("bin/grafana", "postinst")) else 0o644)
        command = ["dpkg-deb", "--root-owner-group", "--build", root, str(path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def write_repository(directory: Path, packages: list[Path], architecture: str) -> str:
    """Suite stable, component main. The fingerprint of the key, whose public part is at gpg-full.key."""
    index = directory / "dists/stable/main" / f"binary-{architecture}"
    index.mkdir(parents=True)
    stanzas = [_stanza(directory, package) for package in packages]
    (index / "Packages").write_text("\n".join(stanzas))
    content = (index / "Packages").read_bytes()
    named = f"main/binary-{architecture}/Packages"
    (directory / "dists/stable/Release").write_text(
        f"Origin: test double of Grafana\nSuite: stable\nCodename: stable\nDate: {formatdate(usegmt=True)}\n"
        f"Architectures: {architecture}\nComponents: main\nSHA256:\n"
        f" {hashlib.sha256(content).hexdigest()} {len(content)} {named}\n"
    )
    return _sign(directory, directory / "dists/stable")


def _stanza(directory: Path, package: Path) -> str:
    pool = directory / "pool" / package.name
    pool.parent.mkdir(exist_ok=True)
    content = package.read_bytes()
    pool.write_bytes(content)
    control = subprocess.run(["dpkg-deb", "-f", str(package)], check=True, capture_output=True, text=True).stdout
    digest = hashlib.sha256(content).hexdigest()
    return f"{control}Filename: pool/{package.name}\nSize: {len(content)}\nSHA256: {digest}\n"


def _sign(directory: Path, release: Path) -> str:
    with tempfile.TemporaryDirectory() as keys:

        def gpg(*arguments: str) -> str:
            command = ["gpg", "--homedir", keys, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
            return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True).stdout

        gpg("--quick-generate-key", _OWNER, "rsa3072", "sign", "never")
        (directory / "gpg-full.key").write_text(gpg("--armor", "--export"))
        gpg("--clearsign", "--output", str(release / "InRelease"), str(release / "Release"))
        listed = gpg("--with-colons", "--fingerprint")
        # The agent would outlive the directory.
        subprocess.run(["gpgconf", "--homedir", keys, "--kill", "gpg-agent"], check=False, capture_output=True)
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="build", description="Make archives and packages of the double of Grafana.")
    parser.add_argument("versions", nargs="+", metavar="VERSION", help="which Grafana to play, as 13.0.1")
    parser.add_argument("--to", type=Path, required=True, metavar="DIRECTORY")
    parser.add_argument("--architecture", default="amd64", help="Debian's name of it (default: %(default)s)")
    parser.add_argument("--repository", action="store_true", help="Debian packages and an apt repository, too")
    a = parser.parse_args()
    a.to.mkdir(parents=True, exist_ok=True)
    archives = [write_archive(a.to, version, a.architecture) for version in a.versions]
    if a.repository:
        packages = [write_package(a.to, version, a.architecture) for version in a.versions]
        fingerprint = write_repository(a.to / "apt", packages, a.architecture)
        (a.to / "apt/fingerprint").write_text(f"{fingerprint}\n")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in archives]
    (a.to / "sha256sums.txt").write_text("".join(sums))
    print("".join(sums), end="")
