# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Loopback doubles of what Alertmanager notifies, for the check of a release: they take a message and keep it.

They are meant for a network of their own. Whoever reaches them all the same needs the token, and there are limits.
"""

from __future__ import annotations

import email
import email.policy
import hmac
import json
import secrets
import socketserver
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

LONGEST = 1 << 20  # bytes of a message; Slack, the most generous, takes 40,000 characters
MOST = 5000  # messages that are kept; a check waits for some ten of each receiver
MOST_CONNECTIONS = 64  # at once


@dataclass(frozen=True)
class Message:
    """kind: slack, pagerduty, webhook or email. receiver: its name. body: the JSON, or the mail's headers and text."""

    kind: str
    receiver: str
    body: Any


@dataclass
class Sinks:
    """Where a notification goes by kind, and what has come. token: what only Alertmanager's configuration knows."""

    http_port: int
    smtp_port: int
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    messages: list[Message] = field(default_factory=list)

    def url(self, kind: str, receiver: str) -> str:
        return f"http://127.0.0.1:{self.http_port}/{self.token}/{kind}/{urllib.parse.quote(receiver, safe='')}"

    @property
    def mailbox(self) -> str:
        """The only address that mail is taken for."""
        return f"{self.token}@localhost.example"

    def has_room(self) -> bool:
        return len(self.messages) < MOST

    def is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self.token.encode())

    def of(self, kind: str, receiver: str) -> list[Any]:
        return [m.body for m in list(self.messages) if (m.kind, m.receiver) == (kind, receiver)]


class _Smtp(socketserver.StreamRequestHandler):
    timeout = 10
    server: _SmtpServer

    def handle(self) -> None:
        self._say("220 sink")
        is_ours = False
        while line := self.rfile.readline(4096):
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"RCPT":
                is_ours = self._is_ours(line)
            if verb in (b"RCPT", b"DATA") and not is_ours:
                self._say("550 no such mailbox")
            elif verb == b"DATA":
                self._say("354 go on")
                if (data := self._data()) is None:
                    self._say("552 too much")
                    return
                self.server.take(data)
                self._say("250 taken")
            else:
                self._say("250 sink" if verb in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP") else "502 no")

    def _is_ours(self, line: bytes) -> bool:
        """Whether the line is RCPT TO:<mailbox>."""
        recipient = line.decode(errors="replace").partition("<")[2].partition("@")[0]
        return self.server.sinks.is_token(recipient)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _data(self) -> bytes | None:
        """None for a mail that is too long, or one too many."""
        lines: list[bytes] = []
        left = LONGEST if self.server.sinks.has_room() else 0
        while (line := self.rfile.readline(left + 1)) and line.rstrip(b"\r\n") != b".":
            left -= len(line)
            if left < 0:
                return None
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class _Limited(socketserver.ThreadingMixIn):
    """Alertmanager is killed when it has answered, and leaves connections half open."""

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS
    sinks: Sinks

    def __init__(self, *arguments: Any) -> None:
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)  # type: ignore[attr-defined]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _SmtpServer(_Limited, socketserver.TCPServer):
    allow_reuse_address = True

    def take(self, data: bytes) -> None:
        mail = email.message_from_bytes(data, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        body = {"subject": str(mail["Subject"] or ""), "to": str(mail["To"] or ""), **parts}
        self.sinks.messages.append(Message("email", str(mail["X-Aetherlink-Receiver"] or ""), body))


class _Http(BaseHTTPRequestHandler):
    timeout = 10
    server: _HttpServer

    def do_POST(self) -> None:
        sinks = self.server.sinks
        token, _separator, path = self.path.strip("/").partition("/")
        kind, _separator, receiver = path.partition("/")
        if not sinks.is_token(token):
            self._answer(404, "text/plain", b"not found")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > LONGEST or not sinks.has_room():
            self._answer(413, "text/plain", b"too much")
            return
        content = self.rfile.read(int(length))
        try:
            body = json.loads(content)
        except ValueError:
            body = content.decode(errors="replace")
        sinks.messages.append(Message(kind, urllib.parse.unquote(receiver), body))
        if kind == "slack":
            self._answer(200, "text/plain", b"ok")
        else:
            accepted = b'{"status":"success","message":"Event processed","dedup_key":"x"}'
            self._answer(202 if kind == "pagerduty" else 200, "application/json", accepted)

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.close_connection = True  # what was not read of a request must not be taken for the next one
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _HttpServer(_Limited, HTTPServer):
    pass


@contextmanager
def sinks() -> Iterator[Sinks]:
    """Both servers, on free loopback ports, until the block ends."""
    http, smtp = _HttpServer(("127.0.0.1", 0), _Http), _SmtpServer(("127.0.0.1", 0), _Smtp)
    made = Sinks(http.server_address[1], smtp.server_address[1])
    http.sinks = smtp.sinks = made
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in (http, smtp)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        for server in (http, smtp):
            server.shutdown()
            server.server_close()
