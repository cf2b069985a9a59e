# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin listener: shows the services and tells them to misbehave."""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

from .faults import Fault, parse
from .http_server import Handler
from .vertical import Vertical

FAULT_PATH = re.compile(r"/verticals/([^/]+)/fault")
MAX_BODY = 4096


class Source(Protocol):
    """What the admin listener speaks for."""

    verticals: dict[str, Vertical]

    def readiness(self) -> dict[str, Any]: ...


def admin_handler(of: Source) -> type[Handler]:
    class AdminHandler(_AdminHandler):
        source = of

    return AdminHandler


class _AdminHandler(Handler):
    source: Source

    def do_GET(self) -> None:
        if self.path == "/readyz":
            self.send_json(200, self.source.readiness())
        elif self.path == "/verticals":
            self.send_json(200, {"verticals": [vertical.state() for vertical in list(self.source.verticals.values())]})
        elif vertical := self._vertical():
            self.send_json(200, vertical.state())

    def do_PUT(self) -> None:
        try:
            fault = parse(self._document())
        except ValueError as error:
            self.send_json(400, {"error": str(error)})
            return
        if vertical := self._vertical():
            self._apply(vertical, fault)

    def do_DELETE(self) -> None:
        if vertical := self._vertical():
            self._apply(vertical, Fault())

    def _apply(self, vertical: Vertical, fault: Fault) -> None:
        try:
            vertical.set_fault(fault)
        except OSError as error:
            self.send_json(409, {"error": f"port {vertical.service.port} cannot be opened again: {error.strerror}"})
        else:
            self.send_json(200, vertical.state())

    def _vertical(self) -> Vertical | None:
        """The vertical that the path names; where there is none, 404 has been answered."""
        match = FAULT_PATH.fullmatch(self.path)
        vertical = self.source.verticals.get(match[1]) if match else None
        if vertical is None:
            known = ", ".join(self.source.verticals)
            self.send_json(
                404, {"error": f"not found; use /verticals, /verticals/<name>/fault with {known}, or /readyz"}
            )
        return vertical

    def _document(self) -> Any:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            raise ValueError(f"the body has no length or is longer than {MAX_BODY} bytes")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise ValueError("the body is not JSON") from None
