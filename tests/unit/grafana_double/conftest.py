# SPDX-License-Identifier: GPL-3.0-or-later
"""The test double of Grafana as a process, with files in a temporary directory."""

from __future__ import annotations

import json
import os
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
sys.path.append(str(SHARED))

PASSWORD = "first-password"


def dashboard(uid: str, title: str = "", **more: Any) -> dict[str, Any]:
    return {"uid": uid, "title": title or uid, "schemaVersion": 42, "panels": [], **more}


def source(name: str = "Prometheus", uid: str = "prometheus", **more: Any) -> dict[str, Any]:
    """A data source as a provisioning file has it."""
    return {"name": name, "uid": uid, "type": "prometheus", "url": "http://127.0.0.1:9", **more}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Double:
    """Files below `root` and the process that runs with them. ini: grafana.ini by section and key."""

    def __init__(self, root: Path, program: Path) -> None:
        from grafana_double import packing

        self.root, self.program, self.port = root, program, _free_port()
        for name, content in packing.home("13.0.1").items():
            (root / "home" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "home" / name).write_bytes(content)
        self.ini: dict[str, dict[str, Any]] = {
            "server": {"http_addr": "127.0.0.1", "http_port": self.port},
            "paths": {name: root / name for name in ("data", "provisioning")},
            "security": {"admin_password": PASSWORD},
        }
        self.sources(source())
        self.provision("dashboards", {"providers": [self.provider(root / "dashboards")]})
        (root / "dashboards").mkdir()
        self.process: subprocess.Popen[str] | None = None
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, auth=("admin", PASSWORD))

    @staticmethod
    def provider(path: Path, name: str = "files", **more: Any) -> dict[str, Any]:
        return {"name": name, "options": {"path": str(path), "foldersFromFilesStructure": True}, **more}

    def provision(self, what: str, document: Any, name: str = "a.yml") -> None:
        path = self.root / "provisioning" / what / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))

    def sources(self, *sources: dict[str, Any], **more: Any) -> None:
        self.provision("datasources", {"apiVersion": 1, "datasources": list(sources), **more})

    def put(self, path: str, content: dict[str, Any] | str) -> Path:
        file = self.root / "dashboards" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def run(self) -> subprocess.Popen[str]:
        lines = []
        for section, keys in self.ini.items():
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in keys.items())]
        (self.root / "grafana.ini").write_text("\n".join(lines) + "\n")
        options = ["server", "--homepath", str(self.root / "home"), "--config", str(self.root / "grafana.ini")]
        command = [sys.executable, str(self.program), *options]
        environment = {**os.environ, "NAMED": "from the environment"}
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)

    def start(self, answers: str = "/api/health") -> Double:
        self.process = self.run()
        for _ in range(500):
            try:
                if self.http.get(answers).status_code == 200:
                    return self
            except httpx.TransportError:
                assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.02)
        raise AssertionError(f"{answers} does not answer")

    def refusal(self) -> str:
        """The last line of a process that does not start."""
        _, log = self.run().communicate(timeout=20)
        return log.strip().splitlines()[-1]

    def stop(self) -> str:
        """Its log."""
        assert self.process
        self.process.terminate()
        _, log = self.process.communicate(timeout=10)
        assert self.process.returncode == 0
        self.process = None
        return log

    def reload(self, what: str = "dashboards") -> tuple[int, str]:
        answer = self.http.post(f"/api/admin/provisioning/{what}/reload")
        return answer.status_code, answer.json()["message"]

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def uids(self) -> set[str]:
        return {row["uid"] for row in self.get("/api/search", type="dash-db")}


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive's program as a directory: Python need not unpack it at each start."""
    from grafana_double import packing

    directory = tmp_path_factory.mktemp("program")
    for name, content in packing.program("13.0.1").items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(content)
    return directory


Make = Callable[[], Double]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, program: Path) -> Iterator[Make]:
    made: list[Double] = []

    def one() -> Double:
        made.append(Double(tmp_path_factory.mktemp("double"), program))
        return made[-1]

    yield one
    for double in made:
        double.http.close()
        if double.process:
            double.stop()


@pytest.fixture(scope="module")
def running(make: Make) -> Double:
    """One for the tests of a file, which leave it with other files and otherwise as it was."""
    return make().start()
