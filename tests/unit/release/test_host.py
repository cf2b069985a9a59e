# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy learns of the host, and which hosts it refuses."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import system as host

DEBIAN = {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"}
TESTING = {"ID": "debian"}  # has no version


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A Debian 12 with systemd, whatever machine the tests run on."""
    monkeypatch.setattr(host, "read_os_release", lambda: DEBIAN)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(host.Path, "is_dir", lambda path: str(path) == "/run/systemd/system")
    return monkeypatch


@pytest.mark.parametrize(
    ("machine", "architecture"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("armv7l", "armv7"), ("s390x", "s390x")]
)
def test_a_host_is_described_as_release_archives_name_it(
    debian: pytest.MonkeyPatch, machine: str, architecture: str
) -> None:
    debian.setattr(platform, "machine", lambda: machine)

    assert host.describe_host("artifact") == {
        "architecture": architecture,
        "distribution": "debian",
        "distribution_version": "12",
    }


def test_a_distribution_without_a_version_is_fine(debian: pytest.MonkeyPatch) -> None:
    debian.setattr(host, "read_os_release", lambda: TESTING)

    assert host.describe_host("artifact")["distribution_version"] == ""


@pytest.mark.parametrize(
    ("release", "shown"), [(DEBIAN, "debian 12"), (TESTING, "debian"), ({"ID": "alpine"}, "alpine"), ({}, "unknown")]
)
def test_a_host_without_systemd_is_refused(debian: pytest.MonkeyPatch, release: dict[str, str], shown: str) -> None:
    debian.setattr(host, "read_os_release", lambda: release)
    debian.setattr(host.Path, "is_dir", lambda _: False)

    with pytest.raises(ReleaseError) as raised:
        host.describe_host("artifact")

    assert str(raised.value) == (
        f"this host ({shown}) does not run systemd, which starts and watches the services: "
        "deploy to a host that does, such as Debian 12 or 13"
    )


def test_an_architecture_that_releases_do_not_exist_for_is_refused(debian: pytest.MonkeyPatch) -> None:
    debian.setattr(platform, "machine", lambda: "sparc64")

    with pytest.raises(ReleaseError, match="architecture sparc64 is not supported; known are x86_64, aarch64"):
        host.describe_host("artifact")


def test_os_release_is_read_with_and_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "os-release"
    path.write_text("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID='12'\nID=debian\n\n# a comment\n")

    assert host.read_os_release(path) == DEBIAN


def test_a_host_without_os_release_is_unknown(tmp_path: Path) -> None:
    assert host.read_os_release(tmp_path / "none") == {}


def test_a_host_whose_python_is_too_old_for_an_artifact_is_refused(debian: pytest.MonkeyPatch) -> None:
    debian.setattr(host.sys, "version_info", (3, 10, 12, "final", 0))

    with pytest.raises(ReleaseError, match=r"this host \(debian 12\) has Python 3\.10, and the program needs 3\.11"):
        host.describe_host("artifact")
    assert host.describe_host("package")["architecture"] == "amd64"
