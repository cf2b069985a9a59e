# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that read in small pieces, give way to other work after each, and end when too much has come.

An HTTP parser works through all it was given without a pause: however a peer fills the wire (one-byte chunks, interim
answers without end), no more than a piece of it may hold up the event loop.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from .outcome import AskError

PIECE = 4096  # bytes


class Allowance:
    """How many more bytes may be read, and the error once they are used up."""

    def __init__(self, size: int, error: AskError) -> None:
        self.renew(size, error)

    def renew(self, size: int, error: AskError) -> None:
        self._left, self._error = size, error

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self._error


class Backend(httpcore.AnyIOBackend):
    """Opens connections for one ask; all that they read counts against its allowance."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self._allowance)


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream, allowance: Allowance) -> None:
        self._stream = stream
        self._allowance = allowance

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        await asyncio.sleep(0)  # reading what is there already need not give way, in TLS least of all
        data = await self._stream.read(min(max_bytes, PIECE), timeout)
        self._allowance.take(len(data))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._allowance)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
