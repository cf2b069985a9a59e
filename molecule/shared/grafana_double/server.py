# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: who may ask, which function answers, and what is said when it fails."""

from __future__ import annotations

import base64
import errno
import json
import os
import socket
import time
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .api import annotations as _annotations  # noqa: F401 - these register their routes
from .api import basics, dashboards, folders, query, sources  # noqa: F401
from .api.routing import ROUTES, Answer, Request, Route
from .app import App
from .certificates import certificates
from .errors import Fatal, Refused
from .headers import security_headers

LONGEST = 64 << 20  # bytes of a request
_IDLE = 30.0  # seconds until a connection that says nothing is closed


class Server(ThreadingHTTPServer):
    """Bound when it is made, so that a port that is taken is told before anything is changed. Raises Fatal."""

    daemon_threads = True  # a client that keeps its connection does not hold up the stop
    block_on_close = False
    request_queue_size = 128

    def __init__(self, app: App) -> None:
        self.app = app
        address = app.settings.text("server", "http_addr"), app.settings.number("server", "http_port")
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler, bind_and_activate=False)
        self._or_fatal(self.server_bind)
        self._certificates = certificates(app.settings, app.journal)

    def listen(self) -> None:
        """Raises Fatal: another may have bound the port too, and listen by now."""
        self._or_fatal(self.server_activate)

    def _or_fatal(self, open_: Callable[[], None]) -> None:
        host, port = str(self.server_address[0]), self.server_address[1]
        try:
            open_()
        except OSError as error:
            number = error.errno or 0
            cause = os.strerror(number).lower() if number in errno.errorcode else error
            where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            text = f"failed to open listener on address {where}: listen tcp {where}: bind: {cause}"
            raise Fatal("server", "Stopped background service", text) from None

    def server_bind(self) -> None:
        self.allow_reuse_address = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[Any, Any]:
        """With the certificate of the moment, and the handshake in the thread of the request."""
        connection, address = super().get_request()
        if self._certificates:
            context = self._certificates.context
            connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, _request: Any, _client: Any) -> None:
        """A client that goes away is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        started = time.monotonic()
        url = urllib.parse.urlsplit(self.path)
        route, values = _route(self.command, url.path)
        try:
            answer = self._answered(route, values, url.query)
        except Refused as refused:
            answer = Answer(refused.body, refused.status)
        except Exception as error:
            self.server.app.journal.error("context", "Internal server error", path=url.path, error=repr(error))
            answer = Answer({"message": "Internal server error"}, 500)
        self._send(answer)
        seconds = time.monotonic() - started
        handler = route.path if route else "notfound"
        self.server.app.metrics.observe(handler, self.command, answer.status, seconds)
        if answer.status >= 400 or self.server.app.settings.flag("server", "router_logging"):
            fields = {"method": self.command, "path": url.path, "status": answer.status, "duration": f"{seconds:.3f}s"}
            self.server.app.journal.info("context", "Request Completed", **fields)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer

    def _answered(self, route: Route | None, values: dict[str, str], query_string: str) -> Answer:
        body = self._body()
        login, password = self._credentials()
        app = self.server.app
        if route and route.public:
            # /metrics has a login of its own.
            who = f"{login}:{password}" if route.path == "/metrics" else login
        else:
            if not login or not app.settings.flag("auth.basic", "enabled"):
                raise Refused(401, "Unauthorized", messageId="auth.unauthorized", statusCode=401, traceID="")
            if not app.users.let_in(login, password):
                more = {"messageId": "password-auth.failed", "statusCode": 401, "traceID": ""}
                raise Refused(401, "Invalid username or password", **more)
            who = login
        if not route:
            raise Refused(404, "Not found")
        given = urllib.parse.parse_qs(query_string, keep_blank_values=False)
        return route.handler(app, Request(values, given, body, who))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > LONGEST or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise Refused(400, "bad request data")
        return self.rfile.read(int(length))

    def _credentials(self) -> tuple[str, str]:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            login, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return login, password

    def _send(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        content = body.encode()
        self.send_response(answer.status)
        page = answer.content_type.startswith("text/html")
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "X-Test-Double": "grafana",
            **security_headers(self.server.app.settings, page),
            **answer.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def version_string(self) -> str:
        return "grafana-test-double"

    def log_message(self, *_arguments: Any) -> None:
        """Requests are logged as Grafana does, if at all."""


def _route(method: str, path: str) -> tuple[Route | None, dict[str, str]]:
    for route in ROUTES:
        if route.method == ("GET" if method == "HEAD" else method):
            values = route.match(path)
            if values is not None:
                return route, {name: urllib.parse.unquote(value) for name, value in values.items()}
    return None, {}
