# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP and HTTPS: logins, metrics, and a certificate that is read again when its files change."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import api
from .settings import FatalError

PUBLIC = ("/api/health", "/metrics")
_COUNT = "grafana_http_request_duration_seconds_count"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, app: api.App) -> None:
        """Raises FatalError where the port is taken or the certificate is none."""
        self.app, self.requests = app, Counter[tuple[str, str, int]]()
        settings = app.settings
        address = settings.text("server", "http_addr"), settings.number("server", "http_port")
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._files = [settings.path("server", key) for key in ("cert_file", "cert_key")]
        self._tls = settings.text("server", "protocol") == "https"
        self._lock, self._every = threading.Lock(), settings.seconds("server", "certs_watch_interval")
        try:
            self._read_certificate()
            super().__init__(address, _Handler)
        except OSError as error:
            raise FatalError(f"listen tcp {address[0]}:{address[1]}: {error}") from None

    def _read_certificate(self) -> None:
        if not self._tls:
            return
        self._read_at = time.monotonic()
        self._times = [path.stat().st_mtime_ns for path in self._files]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._files[0], self._files[1])
        self._context = context

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if not self._tls:
            return connection, address
        if self._every and time.monotonic() - self._read_at > self._every:
            self._read_at = time.monotonic()
            try:
                if [path.stat().st_mtime_ns for path in self._files] != self._times:
                    self._read_certificate()
            except OSError as error:  # the one file was there before the other: the next look finds both
                self.app.log("error", "Not able to reload certificates", error=error)
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, _request: Any, _client: Any) -> None:
        """A client that goes away is no error."""

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def count(self, handler: str, method: str, status: int) -> None:
        with self._lock:
            self.requests[handler, method, status] += 1

    def metrics(self) -> str:
        with self._lock:
            rows = sorted(self.requests.items())
        lines = [
            f'grafana_build_info{{edition="test-double",version="{self.app.version}"}} 1',
            f"# TYPE {_COUNT} counter",
        ]
        lines += [f'{_COUNT}{{handler="{h}",method="{m}",status_code="{s}"}} {n}' for (h, m, s), n in rows]
        return "\n".join(lines) + "\n"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30.0
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        found = api.find(self.command, url.path)
        status, content, kind = 200, "", "application/json"
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            login, password = self._credentials()
            if url.path == "/metrics":
                content, kind = self._metrics(login, password), "text/plain; version=0.0.4; charset=utf-8"
            else:
                if url.path not in PUBLIC and not (login and self.server.app.admin.let_in(login, password)):
                    raise api.Refused(401, "Invalid username or password" if login else "Unauthorized")
                if not found:
                    raise api.Refused(404, "Not found")
                request = api.Request(urllib.parse.parse_qs(url.query), body, login)
                answer = found[1](self.server.app, request, *map(urllib.parse.unquote, found[2]))
                answer, status = answer if isinstance(answer, tuple) else (answer, 200)
                content = json.dumps(answer)
        except api.Refused as refused:
            status, content = refused.status, json.dumps({"message": str(refused)})
        except Exception as error:
            self.server.app.log("error", "Request error", path=url.path, error=repr(error))
            status, content = 500, json.dumps({"message": "Internal Server Error"})
        self.server.count(found[0] if found else url.path, self.command, status)
        self._send(status, content.encode(), kind)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def _metrics(self, login: str, password: str) -> str:
        settings = self.server.app.settings
        wanted = tuple(settings.text("metrics", f"basic_auth_{key}") for key in ("username", "password"))
        if all(wanted) and wanted != (login, password):
            raise api.Refused(401, "Unauthorized")
        return self.server.metrics()

    def _credentials(self) -> tuple[str, str]:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            pair = base64.b64decode(token, validate=True).decode() if scheme.lower() == "basic" else ""
        except ValueError:
            pair = ""
        login, _, password = pair.partition(":")
        return login, password

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), "X-Test-Double": "grafana"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Requests are not logged."""
