# SPDX-License-Identifier: GPL-3.0-or-later
"""The builder: an archive, a Debian package and a signed repository, laid out as Grafana's."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from .conftest import SHARED, Make, clean_environment

BUILD = str(SHARED / "grafana_double/build")


def build(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BUILD, *arguments]
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("built")
    done = build("13.0.1", "13.1.0", "--to", str(directory), "--build", "42")
    assert done.returncode == 0, done.stderr
    return directory


def test_the_archive_is_laid_out_as_grafanas_and_runs(built: Path, make_double: Make, tmp_path: Path) -> None:
    with tarfile.open(built / "grafana_13.1.0_42_linux_amd64.tar.gz") as archive:
        names = archive.getnames()
        archive.extractall(tmp_path, filter="data")
    assert {name.split("/")[0] for name in names} == {"grafana-13.1.0"}
    home = tmp_path / "grafana-13.1.0"
    assert {"bin", "conf", "public"} <= {path.name for path in home.iterdir()}
    program = home / "bin/grafana"
    assert program.stat().st_mode & 0o777 == 0o755
    assert program.read_bytes().startswith(b"#!/usr/bin/python3 ")
    plugin = json.loads((home / "data/plugins-bundled/prometheus/plugin.json").read_bytes())
    assert (plugin["id"], plugin["type"]) == ("prometheus", "datasource")

    double = make_double()
    double.tree = program
    (double.root / "home/conf/defaults.ini").unlink()
    (double.root / "home/conf/defaults.ini").symlink_to(home / "conf/defaults.ini")
    assert double.start().get("/api/health")["version"] == "13.1.0"


def test_the_same_input_makes_the_same_bytes(built: Path, tmp_path: Path) -> None:
    build("13.0.1", "--to", str(tmp_path), "--build", "42")

    names = sorted(path.name for path in tmp_path.iterdir() if path.name != "sha256sums.txt")
    assert names == ["grafana_13.0.1_42_linux_amd64.tar.gz", "grafana_13.0.1_amd64.deb"]
    assert all((tmp_path / name).read_bytes() == (built / name).read_bytes() for name in names)
    sums = (tmp_path / "sha256sums.txt").read_text().splitlines()
    assert f"{hashlib.sha256((tmp_path / names[0]).read_bytes()).hexdigest()}  {names[0]}" in sums


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg reads the package")
def test_the_package_is_one_for_dpkg(built: Path, tmp_path: Path) -> None:
    package = str(built / "grafana_13.0.1_amd64.deb")
    fields = subprocess.run(["dpkg-deb", "-f", package], check=True, capture_output=True, text=True).stdout
    assert "Package: grafana\nVersion: 13.0.1\nArchitecture: amd64\n" in fields
    assert "Description: Test double of Grafana\n" in fields
    subprocess.run(["dpkg-deb", "-R", package, str(tmp_path)], check=True)

    for path in ("usr/share/grafana/bin/grafana", "usr/share/grafana/conf/defaults.ini", "usr/sbin/grafana"):
        assert (tmp_path / path).is_file()
    assert (tmp_path / "usr/share/grafana/data/plugins-bundled/prometheus/plugin.json").is_file()
    assert "not Grafana" in (tmp_path / "usr/share/grafana/public/about.txt").read_text()
    assert (tmp_path / "etc/grafana/provisioning/datasources").is_dir()
    unit = (tmp_path / "usr/lib/systemd/system/grafana-server.service").read_text()
    assert "User=grafana" in unit
    listed = subprocess.run(["dpkg-deb", "-c", package], check=True, capture_output=True, text=True).stdout
    assert all(" root/root " in line or " 0/0 " in line for line in listed.splitlines())


@pytest.mark.skipif(not (shutil.which("gpg") and shutil.which("dpkg-deb")), reason="gpg signs, dpkg-deb reads")
def test_the_repository_is_signed_with_a_key_that_it_serves(tmp_path: Path) -> None:
    assert build("13.0.1", "--to", str(tmp_path), "--repository").returncode == 0
    apt = tmp_path / "apt"
    keyring = tmp_path / "key.gpg"
    subprocess.run(["gpg", "--dearmor", "--output", str(keyring), str(apt / "gpg-full.key")], check=True)

    release = apt / "dists/stable"
    for files in (["InRelease"], ["Release.gpg", "Release"]):
        command = ["gpgv", "--keyring", str(keyring), *(str(release / name) for name in files)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (apt / "fingerprint").read_text().strip() in done.stderr.replace(" ", "")
    index = (release / "main/binary-amd64/Packages").read_bytes()
    assert (
        f" {hashlib.sha256(index).hexdigest()} {len(index)} main/binary-amd64/Packages\n"
        in (release / "InRelease").read_text()
    )
    assert b"Filename: pool/main/g/grafana/grafana_13.0.1_amd64.deb\n" in index


def test_a_version_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "13 is not of the form 13.0.1" in build("13", "--to", str(tmp_path)).stderr
