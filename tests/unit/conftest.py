# SPDX-License-Identifier: GPL-3.0-or-later
"""What several directories of tests share: a server to ask, and a place where none is."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import scratch
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls import authority as pki

KDF_ROUNDS = pki.KDF_ROUNDS


@pytest.fixture(autouse=True, scope="session")
def quick_key_derivation() -> Iterator[None]:
    """Half a second for each opening of an authority is for those who guess its passphrase."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pki, "KDF_ROUNDS", 1)
        yield


@pytest.fixture
def real_key_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pki, "KDF_ROUNDS", KDF_ROUNDS)


@dataclass
class Answer:
    """body: bytes, text, or what becomes JSON; or a function of the query ({name: value}) that gives one of these."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""

    def bytes_for(self, query: dict[str, str]) -> bytes:
        body = self.body(query) if callable(self.body) else self.body
        if isinstance(body, bytes):
            return body
        return (body if isinstance(body, str) else json.dumps(body)).encode()


class LoopbackServer(ThreadingHTTPServer):
    """A double of a component's API or of a mirror: answers over real HTTP what the test put there, 404 to the rest."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"http://{self.address}"
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.authorizations: list[str] = []

    def put(self, path: str, body: Any = "", status: int = 200, **headers: str) -> None:
        self.answers[path] = Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()})

    def put_raw(self, path: str, raw: bytes) -> None:
        """Answer these bytes, HTTP or not, and hang up."""
        self.answers[path] = Answer("", raw=raw)

    def count(self, path: str) -> int:
        return self.asked.count(path)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        self.server.asked.append(parts.path)
        self.server.authorizations.append(self.headers.get("Authorization", ""))
        answer = self.server.answers.get(parts.path, Answer("not found", 404))
        if answer.raw:
            self.wfile.write(answer.raw)
            return
        body = answer.bytes_for(dict(parse_qsl(parts.query)))
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def scratch_place(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where checks keep their own files, in the place of /run; no component has a directory of its own."""
    place = tmp_path_factory.mktemp("run")
    monkeypatch.setattr(scratch, "RUN", place)
    monkeypatch.setattr(scratch, "COMPONENTS", place / "none")
    return place


@pytest.fixture
def make_server() -> Iterator[Callable[[], LoopbackServer]]:
    servers = []

    def make() -> LoopbackServer:
        server = LoopbackServer()
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(make_server: Callable[[], LoopbackServer]) -> LoopbackServer:
    return make_server()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address (host:port) that is taken, so that nothing else gets it, and refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def double_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a shell script first on PATH, in the place of the program of that name."""
    directory = tmp_path / "doubles"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory), prepend=":")

    def put(name: str, script: str) -> Path:
        path = directory / name
        path.write_text(f"#!/bin/sh\n# A double of {name}, for tests.\n{script}\n")
        path.chmod(0o755)
        return path

    return put
