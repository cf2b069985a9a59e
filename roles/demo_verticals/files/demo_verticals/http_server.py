# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server in a thread of its own, and the few ways of answering that all of ours share."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from . import __version__


class Handler(BaseHTTPRequestHandler):
    """Base of the handlers: answers in JSON, keeps no log of requests."""

    server_version = f"demo-verticals/{__version__}"
    sys_version = ""
    timeout = 10  # seconds for a client to say what it wants

    def send_json(self, status: int, document: Any) -> None:
        self.send_body(status, "application/json", json.dumps(document).encode())

    def send_body(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests every few seconds are no news."""


class _Server(ThreadingHTTPServer):
    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own looks the address up in DNS on top, which may take long

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news either."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class Listener:
    """A server that is listening from its making until close(). Raises OSError when the address cannot be used."""

    def __init__(self, address: str, port: int, handler: type[Handler]) -> None:
        self._server = (_Server6 if ":" in address else _Server)((address, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; from here on, connections are refused."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
