# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: how many there may be, how long each may take, and how much of it is read at once.

Nobody is turned away because of others that hold connections and do nothing with them: where there are too many, the
one that has been waiting longest makes room.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 50  # a page of 1 MB may wait in the buffers of each
MAX_HANDSHAKES = 50  # under way; each has a buffer of 256 KB
HANDSHAKE_SECONDS = 5.0
TIDY_AFTER = 200  # connections
REQUEST_SECONDS = 15.0  # from the first byte of a request until it is answered
PIECE = 4096  # bytes that the parser gets at once; it would work through any number without a pause


class Connection(H11Protocol):
    """One connection of uvicorn's, with limits."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._start_timer()
        others = [other for other in self.connections if other is not self and isinstance(other, Connection)]
        if len(others) >= MAX_CONNECTIONS:
            min(others, key=lambda other: other._since).drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        if self._timer is None:
            self._start_timer()
        for start in range(0, len(data), PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE])

    def on_response_complete(self) -> None:
        self._stop_timer()
        self._since = self.loop.time()
        super().on_response_complete()
        if self.conn.their_state is not h11.IDLE or self.conn.trailing_data[0]:
            self._start_timer()  # more requests have come already

    def send_400_response(self, msg: str) -> None:
        """uvicorn's own, with the headers that every answer has."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # amid the answer to the request before
            self.transport.abort()
            return
        text = msg.encode("ascii")
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(text)),
            (b"connection", b"close"),
        ]
        response = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (response, h11.Data(data=text), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():  # closing would wait for it to be read, perhaps for ever
            self.drop()
        else:
            super().timeout_keep_alive_handler()

    def drop(self) -> None:
        self.connections.discard(self)
        self.transport.abort()

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(REQUEST_SECONDS, self.drop)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Door:
    """Accepts connections on a socket, in the place of asyncio's server, which opens any number of handshakes."""

    def __init__(
        self, sock: socket.socket, make: Callable[[], asyncio.Protocol], context: Callable[[], ssl.SSLContext | None]
    ) -> None:
        """context: asked for each connection, so that a renewed certificate is shown to the next."""
        sock.setblocking(False)
        self._sock, self._make, self._context = sock, make, context
        self._opening: dict[asyncio.Task[None], None] = {}  # in the order of their start
        self._task = asyncio.create_task(self._accept())

    def close(self) -> None:
        # Before the socket is closed and its number is another's.
        asyncio.get_running_loop().remove_reader(self._sock.fileno())
        for task in (self._task, *self._opening):
            task.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(self._task, *self._opening, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        accepted = 0
        while True:
            accepted += 1
            if accepted % TIDY_AFTER == 0:
                # What a handshake that was cut off leaves, some 300 KB, is freed by the collector alone, which goes by
                # the number of objects and would let a flood of them take all memory.
                gc.collect()
            try:
                connection, _unused = await loop.sock_accept(self._sock)
            except OSError:  # the peer is gone already, or there is no descriptor left
                await asyncio.sleep(0.05)
                continue
            if len(self._opening) >= MAX_HANDSHAKES:
                next(iter(self._opening)).cancel()
            task = asyncio.create_task(self._open(connection))
            self._opening[task] = None
            task.add_done_callback(lambda done: self._opening.pop(done, None))

    async def _open(self, connection: socket.socket) -> None:
        context = self._context()
        limits: dict[str, Any] = {"ssl_handshake_timeout": HANDSHAKE_SECONDS, "ssl_shutdown_timeout": 1.0}
        with contextlib.suppress(OSError):  # of the TLS library too: a client that does not like the certificate
            await asyncio.get_running_loop().connect_accepted_socket(
                self._make, connection, ssl=context, **(limits if context else {})
            )
