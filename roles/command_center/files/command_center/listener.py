# SPDX-License-Identifier: GPL-3.0-or-later
"""The listening socket and the HTTP server on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Iterator, Mapping

import uvicorn
from starlette.applications import Starlette

from .certificate import Certificate
from .config import Listen
from .connections import Connection, Door
from .fields import ConfigError
from .gate import Gate
from .passwords import PasswordHash, Passwords

RENEWAL_SECONDS = 1.0  # between two looks at the files of the certificate
HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
STRICT_HEADERS = [("Strict-Transport-Security", "max-age=86400")]


class _Server(uvicorn.Server):
    """Accepts connections by our own door."""

    def __init__(self, config: uvicorn.Config, certificate: Certificate | None) -> None:
        super().__init__(config)
        self._certificate = certificate

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the service has signal handlers of its own

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        self.servers = [Door(sock, self._connection, self._context) for sock in sockets or []]  # type: ignore[misc]
        self.started = True

    def drop_all(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, {})

    def _context(self) -> ssl.SSLContext | None:
        return self._certificate.context if self._certificate else None


class Listener:
    """Serves an app on one address to those who know a password, and can move to another address."""

    def __init__(self, app: Starlette) -> None:
        self._passwords = Passwords()
        self._app = Gate(app, self._passwords)
        self._listen: Listen | None = None
        self._certificate: Certificate | None = None

    async def move(self, listen: Listen, users: Mapping[bytes, PasswordHash]) -> None:
        """Listen there instead, to these users; where that fails, stay and raise ConfigError. The old address is left
        first: the new one may contain it. Neither is ever open to the users of the other."""
        if listen == self._listen:
            self._passwords.use(users)
            return
        certificate = Certificate(listen.tls) if listen.tls else None
        before = self._listen, self._certificate, self._passwords.users
        await self.close()
        try:
            await self._open(listen, certificate, users)
        except OSError as error:
            if before[0]:
                await self._open(before[0], *before[1:])
            raise ConfigError(
                "listen",
                f"cannot be used ({os.strerror(error.errno or 0)})",
                "give a free port and an address of this host",
            ) from None

    async def close(self) -> None:
        if self._listen:
            self._listen = None
            self._renewal.cancel()
            self._server.should_exit = True
            await self._task
            self._server.drop_all()

    async def _open(self, listen: Listen, certificate: Certificate | None, users: Mapping[bytes, PasswordHash]) -> None:
        family = socket.AF_INET6 if ":" in listen.address else socket.AF_INET
        sock = socket.create_server((listen.address, listen.port), family=family)
        self._passwords.use(users)
        config = uvicorn.Config(
            self._app,
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            headers=[*HEADERS, *(STRICT_HEADERS if listen.tls and listen.tls.strict else [])],
            timeout_keep_alive=75,  # longer than a scrape interval, or scrapes would meet closing connections
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=16384,
        )
        self._server = _Server(config, certificate)
        self._task = asyncio.create_task(self._server.serve(sockets=[sock]))
        while not self._server.started:
            await asyncio.sleep(0.01)
        self._renewal = asyncio.create_task(_renew(certificate))
        self._listen, self._certificate = listen, certificate


async def _renew(certificate: Certificate | None) -> None:
    while certificate:
        await asyncio.sleep(RENEWAL_SECONDS)
        certificate.refresh()
