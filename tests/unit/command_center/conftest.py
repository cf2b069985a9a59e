# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of Command Center share: the misbehaving server, and ways to make configurations."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_center.config import Config, load

from tests.unit.command_center.program import Program

FAULT_SERVER = Path(__file__).with_name("fault_server.py")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The base URL of the misbehaving server."""
    with subprocess.Popen([sys.executable, FAULT_SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Makes ports that nothing listens on."""

    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            return int(sock.getsockname()[1])

    return find


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[..., Path]:
    """Writes a configuration: dev, no verticals, quick, with the given keys on top."""

    def write(**changes: Any) -> Path:
        path = tmp_path / "config.json"
        quick = {"interval_seconds": 0.4, "timeout_seconds": 0.3, "stale_after_seconds": 120}
        path.write_text(json.dumps({"env": "dev", "verticals": [], **quick, **changes}))
        return path

    return write


@pytest.fixture
def make_config(write_config: Callable[..., Path]) -> Callable[..., Config]:
    def make(**changes: Any) -> Config:
        return load(write_config(**changes))

    return make


@pytest.fixture
def start(write_config: Callable[..., Path], free_port: Callable[[], int]) -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def run(**changes: Any) -> Program:
        listen = {"port": free_port(), **changes.pop("listen", {})}
        programs.append(Program(write_config(listen=listen, **changes)))
        return programs[-1]

    yield run
    for program in programs:
        program.end()
