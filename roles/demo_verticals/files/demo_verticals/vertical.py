# SPDX-License-Identifier: GPL-3.0-or-later
"""One service: its listener, the fault it is in, and how that makes it answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from . import figures
from .config import Service
from .faults import Fault
from .http_server import Handler, Listener

log = logging.getLogger(__name__)

HUGE_BYTES = 100 * 1024 * 1024
CHUNK = b" " * 65536
DRIP_SECONDS = 0.2
LONGEST_ANSWER_SECONDS = 120.0


class Vertical:
    """A service that listens, unless it is down. Faults may change from any thread."""

    def __init__(self, service: Service) -> None:
        """Start to listen. Raises OSError when the port cannot be used."""
        self.service = service
        self.fault = Fault()
        self._lock = threading.RLock()
        self._listener: Listener | None = None
        self._timer: threading.Timer | None = None
        self._listen()

    def set_fault(self, fault: Fault) -> None:
        """Go into a fault, or out of it with Fault("none"). Raises OSError when the port cannot be opened again."""
        with self._lock:
            self._stop_timer()
            if fault.kind == "down":
                self._stop_listening()
            else:
                self._listen()
            self.fault.over.set()
            self.fault = fault
            if fault.seconds is not None and fault.kind != "none":
                self._timer = threading.Timer(fault.seconds, self._heal, [fault])
                self._timer.daemon = True
                self._timer.start()
        log.info("%s: fault %s", self.service.name, fault.kind)

    def close(self) -> None:
        with self._lock:
            self._stop_timer()
            self._stop_listening()
            self.fault.over.set()

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "name": self.service.name,
                "kind": self.service.kind,
                "port": self.service.port,
                "listening": self._listener is not None,
                "fault": self.fault.kind,
                "heals_in_seconds": self.fault.heals_in(),
            }

    def _heal(self, fault: Fault) -> None:
        with self._lock:
            if self.fault is not fault:  # replaced while the timer was about to fire
                return
            try:
                self.set_fault(Fault())
            except OSError as error:
                log.error("%s: cannot listen again: %s", self.service.name, error.strerror)

    def _listen(self) -> None:
        if self._listener is None:
            self._listener = Listener(self.service.address, self.service.port, _handler(self))

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _handler(of: Vertical) -> type[Handler]:
    class VerticalHandler(_VerticalHandler):
        vertical = of

    return VerticalHandler


class _VerticalHandler(Handler):
    vertical: Vertical

    def do_GET(self) -> None:
        kind, fault = self.vertical.service.kind, self.vertical.fault
        misbehave: Callable[[Fault], None] | None = getattr(self, f"_{fault.kind}", None)
        answer: Callable[[Fault], None]
        if self.path == ("/uploads/stats" if kind == "media" else "/stats"):
            answer = self._stats
        elif self.path == "/metrics" and kind == "property":
            answer = self._exposition
        elif self.path == "/health":
            # Health tells of the process: a service that shows wrong numbers still finds itself healthy.
            misbehave = misbehave if fault.kind in ("error", "stall") else None
            answer = self._health
        else:
            self.send_json(404, {"error": "not found"})
            return
        if misbehave:
            misbehave(fault)
        else:
            answer(fault)

    def _health(self, _fault: Fault) -> None:
        self.send_json(200, {"status": "healthy"})

    def _stats(self, fault: Fault) -> None:
        document = figures.stats(self._snapshot(fault))
        if fault.kind == "lie":
            document["service"] = "peakpro-somebody-else"
        if fault.kind == "wrong_types":
            document |= {"summary": dict.fromkeys(document["summary"], "many"), "timestamp": True, "attribution": []}
        if fault.kind == "hostile":
            document = figures.hostile(document)
        self.send_json(200, document)

    def _exposition(self, fault: Fault) -> None:
        text = figures.exposition(self._snapshot(fault))
        if fault.kind == "wrong_types":
            text = "".join(line.rsplit(" ", 1)[0] + " many\n" for line in text.splitlines() if line[0] != "#")
        if fault.kind == "hostile":
            text = f"{text}{figures.HOSTILE_EXPOSITION}"
        self.send_body(200, "text/plain; version=0.0.4", text.encode())

    def _snapshot(self, fault: Fault) -> figures.Snapshot:
        kind = self.vertical.service.kind
        seen = figures.snapshot(kind, fault.since if fault.kind == "stale" else time.time())
        if fault.kind == "zero":
            return figures.zeros(seen)
        if fault.kind == "lie":
            wild: dict[str, float] = {name: round(value * 1_000_003) for name, value in seen.summary.items()}
            return figures.Snapshot(kind, seen.at + figures.DAY, wild, seen.writes)
        return seen

    def _error(self, _fault: Fault) -> None:
        self.send_json(500, {"error": "told to fail"})

    def _stall(self, fault: Fault) -> None:
        fault.over.wait(LONGEST_ANSWER_SECONDS)

    def _garbage(self, _fault: Fault) -> None:
        self.send_body(200, "application/json", bytes(range(256)) * 4)

    def _redirect(self, _fault: Fault) -> None:
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _huge(self, fault: Fault) -> None:
        self._start_open_answer()
        for _turn in range(HUGE_BYTES // len(CHUNK)):
            if fault.over.is_set():
                return
            self.wfile.write(CHUNK)

    def _endless(self, fault: Fault) -> None:
        self._start_open_answer()
        until = time.monotonic() + LONGEST_ANSWER_SECONDS
        while time.monotonic() < until and not fault.over.wait(DRIP_SECONDS):
            self.wfile.write(b" ")

    def _start_open_answer(self) -> None:
        """An answer that says nothing of its length: it lasts as long as the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
