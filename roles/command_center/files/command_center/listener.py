# SPDX-License-Identifier: GPL-3.0-or-later
"""The listening socket and the HTTP server on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from .config import Listen
from .fields import ConfigError


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the service has signal handlers of its own


class Listener:
    """Serves an app on one address, and can move to another."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._listen: Listen | None = None

    async def move(self, listen: Listen) -> None:
        """Listen there instead; where that fails, stay and raise ConfigError. The old address is left first: the new
        one may contain it."""
        if listen == self._listen:
            return
        old = self._listen
        await self.close()
        try:
            await self._open(listen)
        except OSError as error:
            if old:
                await self._open(old)
            raise ConfigError(
                "listen",
                f"cannot be used ({os.strerror(error.errno or 0)})",
                "give a free port and an address of this host",
            ) from None

    async def close(self) -> None:
        if self._listen:
            self._listen = None
            self._server.should_exit = True
            await self._task

    async def _open(self, listen: Listen) -> None:
        family = socket.AF_INET6 if ":" in listen.address else socket.AF_INET
        sock = socket.create_server((listen.address, listen.port), family=family)
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
            limit_concurrency=50,  # connections; a page of 1 MB may wait in the buffers of each
            timeout_keep_alive=75,  # longer than a scrape interval, or scrapes would meet closing connections
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=16384,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[sock]))
        while not self._server.started:
            await asyncio.sleep(0.01)
        self._listen = listen
