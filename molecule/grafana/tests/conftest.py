# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the scenario's Grafana over its API, as a person's browser would."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana
from testinfra.host import Host

DEV_PASSWORD, OTHER_PASSWORD = "aetherlink-dev", "Kx7-veldspar-91-quince"


@pytest.fixture
def source() -> dict[str, Any]:
    """Which Grafana prepare.yml chose, as molecule/grafana/vars/source.yml has it."""
    found: dict[str, Any] = json.loads(
        Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "grafana_source.json").read_text()
    )
    return found


@pytest.fixture
def url(host: Host) -> str:
    return f"http://{host.interface('eth0').addresses[0]}:3000"


@pytest.fixture
def grafana(host: Host, url: str) -> Grafana:
    """Its administrator."""
    env = json.loads(host.check_output("cat /opt/aetherlink/grafana/current/release.json"))["environment"]
    return Grafana(url, "admin", DEV_PASSWORD if env == "dev" else OTHER_PASSWORD)


@pytest.fixture
def dashboards(host: Host) -> Callable[[], dict[str, Any]]:
    """dashboards(): those of the active release, by uid."""

    def read() -> dict[str, Any]:
        folder = "/opt/aetherlink/grafana/current/etc/dashboards"
        script = "import glob, json, sys; print(json.dumps([json.load(open(p)) for p in glob.glob(sys.argv[1])]))"
        found = json.loads(host.check_output("python3 -c %s %s", script, f"{folder}/*/*.json"))
        return {dashboard["uid"]: dashboard for dashboard in found}

    return read


@pytest.fixture
def mirror() -> Callable[..., str]:
    """mirror("touch", "/srv/mirror/down-staging"): a command on the host that plays the other environments."""

    def run(*command: str) -> str:
        names = subprocess.run(["docker", "ps", "--format", "{{.Names}}"], capture_output=True, text=True, check=True)
        (name,) = (name for name in names.stdout.split() if name.endswith("grafana-mirror"))
        return subprocess.run(["docker", "exec", name, *command], capture_output=True, text=True, check=True).stdout

    return run
