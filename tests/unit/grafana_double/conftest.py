# SPDX-License-Identifier: GPL-3.0-or-later
"""The test double of Grafana as a process of its own, with files in a temporary directory."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

SHARED = Path(__file__).parents[3] / "molecule/shared"
sys.path.append(str(SHARED))  # for the parts of the double that run without its archive

PASSWORD = "first-password"


def dashboard(uid: str, title: str = "", **more: Any) -> dict[str, Any]:
    return {"uid": uid, "title": title or uid, "schemaVersion": 42, "panels": [], **more}


def source(**changes: Any) -> dict[str, Any]:
    """A data source as a provisioning file has it."""
    wanted = {"name": "Prometheus", "uid": "prometheus", "type": "prometheus", "url": "http://127.0.0.1:9"}
    return {**wanted, "access": "proxy", "isDefault": True, **changes}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Double:
    """Files below `root`: grafana.ini, provisioning and dashboards; and the process that runs with them."""

    def __init__(self, root: Path, tree: Path) -> None:
        self.root, self.tree, self.port = root, tree, free_port()
        self.dashboards = root / "dashboards"
        self.dashboards.mkdir(parents=True)
        (root / "home" / "conf").mkdir(parents=True)
        shutil.copy(SHARED / "grafana_double/defaults.ini", root / "home" / "conf")
        self.plugins = root / "home/data/plugins-bundled"
        shutil.copytree(SHARED / "grafana_double/plugins-bundled", self.plugins)
        self.ini: dict[str, dict[str, Any]] = {
            "server": {"http_addr": "127.0.0.1", "http_port": self.port},
            "paths": {name: root / name for name in ("data", "logs", "provisioning")},
            "security": {"admin_password": PASSWORD},
            "log": {"mode": "console"},
        }
        self.put_sources(source())
        self.put_providers({"path": str(self.dashboards), "foldersFromFilesStructure": True})
        self.process: subprocess.Popen[str] | None = None
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, auth=("admin", PASSWORD))

    def provision(self, what: str, name: str, document: Any) -> None:
        path = self.root / "provisioning" / what / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False))

    def put_sources(self, *sources: dict[str, Any], **more: Any) -> None:
        self.provision("datasources", "a.yml", {"apiVersion": 1, "datasources": list(sources), **more})

    def put_providers(self, *options: dict[str, Any], **more: Any) -> None:
        found = [{"name": f"p{n}", "type": "file", "options": one, **more} for n, one in enumerate(options)]
        self.provision("dashboards", "a.yml", {"apiVersion": 1, "providers": found})

    def put(self, path: str, content: dict[str, Any] | str) -> Path:
        """A file of the provider's directory."""
        file = self.dashboards / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    @property
    def command(self) -> list[str]:
        lines = []
        for section, keys in self.ini.items():
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in keys.items())]
        (self.root / "grafana.ini").write_text("\n".join(lines) + "\n")
        home, config = str(self.root / "home"), str(self.root / "grafana.ini")
        return [sys.executable, str(self.tree), "server", "--homepath", home, "--config", config]

    def start(self) -> Double:
        return self.start_with(self.command)

    def start_with(self, command: list[str]) -> Double:
        """With the grafana.ini that is there."""
        self.process = subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while True:
            try:
                assert self.http.get("/api/health").status_code == 200
                return self
            except httpx.TransportError:
                assert self.process.poll() is None, self.process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def refusal(self) -> str:
        """What it says when it does not start: its last line."""
        command = self.command
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 1, done.stderr
        return done.stderr.strip().splitlines()[-1]

    def stop(self) -> str:
        """Its log."""
        assert self.process
        self.process.terminate()
        _, said = self.process.communicate(timeout=10)
        assert self.process.returncode == 0
        self.process = None
        return said

    def reload(self, what: str = "dashboards") -> httpx.Response:
        return self.http.post(f"/api/admin/provisioning/{what}/reload")

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def shown(self, uid: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/dashboards/uid/{uid}")
        return found

    def uids(self) -> list[str]:
        return [row["uid"] for row in self.get("/api/search", type="dash-db")]


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("GF_", "PYTHON"))}


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the archive's program has in it, as a directory: Python need not compile it at each start."""
    from grafana_double.packing import tree as packing

    directory = tmp_path_factory.mktemp("tree")
    packing.write(directory, "13.0.1", "1")
    return directory


Make = Callable[..., Double]


@pytest.fixture(scope="module")
def make_double(tmp_path_factory: pytest.TempPathFactory, tree: Path) -> Iterator[Make]:
    made: list[Double] = []

    def make() -> Double:
        made.append(Double(tmp_path_factory.mktemp("double"), tree))
        return made[-1]

    yield make
    for one in made:
        one.http.close()
        if one.process:
            one.stop()
