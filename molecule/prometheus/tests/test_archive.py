# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus from release archives: up a major version, down again, and what a bad mirror does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://archive"]
pytestmark = pytest.mark.usefixtures("afterwards_as_before")
API = "http://127.0.0.1:9090/api/v1"
MIRROR = "http://127.0.0.1:18090/prometheus"
NAME = "prometheus-{version}.linux-{architecture}.tar.gz"


@pytest.fixture
def newest() -> str:
    return (Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "versions" / "prometheus-testing").read_text().strip()


def test_up_a_major_version_and_down_again(
    host: Host, deploy: Callable[..., Any], get: Any, component: Any, newest: str
) -> None:
    old = component("prometheus").meta()["version"]
    deploy(prometheus_version=newest).ok()
    assert get(f"{API}/status/buildinfo")["data"]["version"] == newest
    assert component("prometheus").journal()[-1]["action"] == "restart"
    assert host.file(f"/opt/aetherlink/prometheus/versions/{newest}/prometheus").mode == 0o755
    left = host.check_output("find /opt/aetherlink/prometheus /var/tmp /tmp -maxdepth 1 -name '*.upload'")
    assert left == "", "the archive was left behind"
    deploy().ok()
    assert get(f"{API}/status/buildinfo")["data"]["version"] == old


def test_a_program_changed_by_hand_is_replaced(host: Host, deploy: Callable[..., Any], component: Any) -> None:
    version = component("prometheus").meta()["version"]
    host.check_output(f"touch /opt/aetherlink/prometheus/versions/{version}/promtool")
    seen = deploy("-v").ok()
    assert "the program on the host is missing or was changed" in seen.output
    assert deploy().ok().changed == 0


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"prometheus_archive_sha256": {"amd64": "0" * 64, "arm64": "0" * 64}},
            f"but prometheus_archive_sha256 says {'0' * 64}: the file is damaged or not the release",
        ),
        (
            {"prometheus_archive_url": f"http://127.0.0.1:1/{NAME}"},
            "cannot be reached",
        ),
        (
            {"prometheus_archive_url": f"{MIRROR}/{NAME}"},
            "answers 404: check prometheus_archive_url and prometheus_version, or the mirror.",
        ),
        (
            {"prometheus_archive_url": f"http://user:hunter2@127.0.0.1:18090/{NAME}"},
            "prometheus_archive_url is a URL with credentials in it: take them out",
        ),
        (
            {"prometheus_archive_url": ""},
            "prometheus_archive_url is not set, and the install method `archive` needs it",
        ),
        (
            {"prometheus_archive_sums_url": f"{MIRROR}/../versions/prometheus-trixie"},
            "has no line for prometheus-",
        ),
        (
            {"aether_insecure_downloads": []},
            "prometheus_archive_url is an http URL, and anybody on the network can replace what it serves",
        ),
        (
            {"prometheus_archive_sha256": {"s390x": "0" * 64}},
            "prometheus_archive_sha256 has no checksum for",
        ),
    ],
    ids=[
        "checksum differs",
        "unreachable",
        "not there",
        "credentials",
        "no URL",
        "not in the sums file",
        "http",
        "pinned for others",
    ],
)
def test_a_bad_mirror_stops_the_run_before_anything_is_switched(
    host: Host, assert_refused: Any, newest: str, variables: dict[str, Any], sentence: str
) -> None:
    host.check_output(f"rm -rf /opt/aetherlink/prometheus/versions/{newest}")  # an earlier test may have brought it
    assert_refused("prometheus", {"prometheus_version": newest, **variables}, sentence)
