# SPDX-License-Identifier: GPL-3.0-or-later
"""Command Center as a process, and a client for it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.command_center.pair import trust

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "command_center", "--config"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "roles/command_center/files")}
PASSWORD = "correct horse battery"


class Program:
    """A running Command Center, and a client for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = json.loads(path.read_text())
        self.log = path.with_name("log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*COMMAND, str(path)], env=ENVIRONMENT, stderr=log)
        self.client = self.connect()
        self.until(lambda: self.ready()["ready"])

    @staticmethod
    def url(config: dict[str, Any]) -> str:
        return f"http{'s' if 'tls' in config['listen'] else ''}://127.0.0.1:{config['listen']['port']}"

    def connect(self, **options: Any) -> httpx.Client:
        """A client of the address that the configuration says, by TLS where it does, as the user `machine`."""
        tls = self.config["listen"].get("tls")
        if tls:
            options = {"verify": trust(tls["certificate_file"]), **options}
        auth = ("machine", PASSWORD) if "basic_auth" in self.config else None
        return httpx.Client(**{"base_url": self.url(self.config), "trust_env": False, "auth": auth, **options})

    def ready(self) -> dict[str, Any]:
        return dict(self.client.get("/readyz").json())

    def reload(self, text: str) -> None:
        self.path.write_text(text)
        self.process.send_signal(signal.SIGHUP)

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20  # a busy machine starts a program slowly
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        pytest.fail(f"did not come true within 20 s; the log: {self.log.read_text()}")

    def end(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()


def stats(name: str, url: str) -> dict[str, Any]:
    return {"name": name, "kind": "stats", "url": url}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND[:-1], *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False)
