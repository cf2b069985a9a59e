# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Loopback doubles of what Alertmanager notifies, for the check of a release: they take a message and keep it."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST = 16 << 20  # bytes of a message


@dataclass(frozen=True)
class Message:
    """kind: slack, pagerduty, webhook or email. receiver: its name. body: the JSON, or the mail's headers and text."""

    kind: str
    receiver: str
    body: Any


@dataclass
class Sinks:
    """Where a notification goes by kind, and what has come."""

    http_port: int
    smtp_port: int
    messages: list[Message] = field(default_factory=list)

    def url(self, kind: str, receiver: str) -> str:
        return f"http://127.0.0.1:{self.http_port}/{kind}/{urllib.parse.quote(receiver, safe='')}"

    def of(self, kind: str, receiver: str) -> list[Any]:
        return [m.body for m in list(self.messages) if (m.kind, m.receiver) == (kind, receiver)]


class _Smtp(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline(4096):
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"DATA":
                self._say("354 go on")
                self.server.take(self._data())  # type: ignore[attr-defined]
                self._say("250 taken")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 sink" if verb in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP") else "502 no")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _data(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline(LONGEST)) and line.rstrip(b"\r\n") != b".":
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class _Quiet:
    """Alertmanager is killed when it has answered, and leaves connections half open."""

    daemon_threads = True
    sinks: Sinks

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _SmtpServer(_Quiet, socketserver.ThreadingTCPServer):
    allow_reuse_address = True

    def take(self, data: bytes) -> None:
        mail = email.message_from_bytes(data, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        body = {"subject": str(mail["Subject"] or ""), "to": str(mail["To"] or ""), **parts}
        self.sinks.messages.append(Message("email", str(mail["X-Aetherlink-Receiver"] or ""), body))


class _Http(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self) -> None:
        kind, _separator, receiver = self.path.strip("/").partition("/")
        content = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LONGEST))
        try:
            body = json.loads(content)
        except ValueError:
            body = content.decode(errors="replace")
        sinks: Sinks = self.server.sinks  # type: ignore[attr-defined]
        sinks.messages.append(Message(kind, urllib.parse.unquote(receiver), body))
        answer = b"ok" if kind == "slack" else b'{"status":"success","message":"Event processed","dedup_key":"x"}'
        self.send_response(202 if kind == "pagerduty" else 200)
        self.send_header("Content-Type", "text/plain" if kind == "slack" else "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _HttpServer(_Quiet, ThreadingHTTPServer):
    pass


@contextmanager
def sinks() -> Iterator[Sinks]:
    """Both servers, on free loopback ports, until the block ends."""
    http, smtp = _HttpServer(("127.0.0.1", 0), _Http), _SmtpServer(("127.0.0.1", 0), _Smtp)
    made = Sinks(http.server_address[1], smtp.server_address[1])
    http.sinks = smtp.sinks = made
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in (http, smtp)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        for server in (http, smtp):
            server.shutdown()
            server.server_close()
