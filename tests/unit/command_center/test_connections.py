# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that are slow, greedy or many: the real server on loopback, its limits made short."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from command_center import connections
from command_center.config import Listen, Tls
from command_center.listener import Listener
from command_center.web import create_app

from tests.unit.command_center.pair import trust, write_pair

PAGE = b"x" * 1_000_000
Open = Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class Source:
    """A double of the service, with a large page."""

    def page(self) -> bytes:
        return PAGE

    def overview(self) -> dict[str, Any]:
        return {}

    def readiness(self) -> dict[str, Any]:
        return {"ready": True}


class Site:
    def __init__(self, listen: Listen, context: ssl.SSLContext | None) -> None:
        self.listen, self.context = listen, context
        self.listener = Listener(create_app(Source()))

    async def open(self, text: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listen.port, ssl=self.context, limit=2**22)
        writer.write(text)
        return reader, writer

    async def get(self, path: str = "/healthz") -> int:
        reader, writer = await self.open(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return int(answer.split(b" ", 2)[1])


@pytest.fixture(params=["plain", "tls"])
async def site(
    request: pytest.FixtureRequest,
    free_port: Callable[[], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Site]:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.5)
    monkeypatch.setattr(connections, "HANDSHAKE_SECONDS", 0.5)
    tls, context = None, None
    if request.param == "tls":
        pair = write_pair(tmp_path, "first")
        tls = Tls(Path(pair["certificate_file"]), Path(pair["key_file"]))
        context = trust(Path(pair["certificate_file"]))
    found = Site(Listen("127.0.0.1", free_port(), tls), context)
    await found.listener.move(found.listen, {})
    yield found
    await found.listener.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What came until the server ended the connection, which it has to do soon."""
    answer = b""
    try:
        async with asyncio.timeout(5):
            while piece := await reader.read(65536):
                answer += piece
    except ConnectionError:
        pass
    return answer


async def soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.02)


async def test_a_head_that_comes_byte_by_byte_is_cut_off(site: Site) -> None:
    reader, writer = await site.open()
    started = time.monotonic()
    task = asyncio.create_task(ended(reader))
    for byte in b"GET /metrics HTTP/1.1\r\nX-Slow: " + b"a" * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)
        if task.done():
            break
    assert await task == b""
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("before", [b"", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /hea"])
async def test_a_connection_that_says_nothing_or_half_is_cut_off(site: Site, before: bytes) -> None:
    reader, _ = await site.open(before)
    assert (b"ok\n" in await ended(reader)) is bool(before)


async def test_an_idle_connection_stays_open_between_scrapes(site: Site) -> None:
    reader, writer = await site.open(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    await reader.readuntil(b"ok\n")
    await asyncio.sleep(0.8)  # longer than a request may take
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"ok\n"), 5)
    writer.close()


async def test_requests_that_come_at_once_are_all_answered(site: Site) -> None:
    reader, writer = await site.open(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 500)
    for _ in range(500):
        await asyncio.wait_for(reader.readuntil(b"ok\n"), 10)
    writer.close()


async def test_who_holds_connections_and_waits_makes_room_for_who_asks(site: Site) -> None:
    held = [await site.open(b"GET /metrics HTTP/1.1\r\nHost:") for _ in range(3 * connections.MAX_CONNECTIONS)]
    assert await site.get() == 200
    server = site.listener._server
    assert len(server.server_state.connections) <= connections.MAX_CONNECTIONS
    for _, writer in held:
        writer.close()


async def test_who_never_reads_the_answer_is_dropped(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    config = site.listener._server.config
    monkeypatch.setattr(config, "timeout_keep_alive", 0.5)
    readers = [await site.open(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 20) for _ in range(5)]
    for reader, _ in readers:
        reader._transport.pause_reading()  # type: ignore[attr-defined]
    await soon(lambda: not site.listener._server.server_state.connections)
    assert await site.get() == 200
    for _, writer in readers:
        writer.transport.abort()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:b\r\n" * 40_000 + b"\r\n",
        b"\x00" * 100_000,
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_a_head_that_is_too_long_or_none_is_refused(site: Site, head: bytes) -> None:
    reader, writer = await site.open(head)
    answer = await ended(reader)
    # What is sent after the refusal makes the connection end by a reset, which may swallow it.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert len(answer) < 1000
    writer.close()
    assert await site.get() == 200


@pytest.mark.parametrize(
    "body", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
async def test_a_body_is_refused_and_ends_the_connection(site: Site, body: bytes) -> None:
    reader, _ = await site.open(b"GET /metrics HTTP/1.1\r\nHost: a\r\n" + body)
    assert (await ended(reader)).startswith(b"HTTP/1.1 413 ")
    reader, _ = await site.open(b"POST /metrics HTTP/1.1\r\nHost: a\r\n" + body)
    assert (await ended(reader)).startswith(b"HTTP/1.1 405 ")


async def test_an_endless_body_is_not_waited_for(site: Site) -> None:
    reader, _ = await site.open(
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"
    )
    assert (await ended(reader)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("site", ["tls"], indirect=True)
async def test_handshakes_that_never_come_are_bounded_and_cut_off(site: Site) -> None:
    held = [await asyncio.open_connection("127.0.0.1", site.listen.port) for _ in range(150)]
    assert await site.get() == 200
    (door,) = site.listener._server.servers
    assert len(door._opening) <= connections.MAX_HANDSHAKES  # type: ignore[attr-defined]
    await soon(lambda: not door._opening)  # type: ignore[attr-defined]
    for reader, writer in held:
        assert await ended(reader) == b""
        writer.close()


async def test_closing_ends_connections_of_all_kinds(site: Site) -> None:
    held = [await site.open(text) for text in (b"", b"GET /", b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await site.listener.close()
    assert time.monotonic() - started < 2
    for reader, writer in held:
        await ended(reader)
        writer.close()
    with pytest.raises(OSError):
        await site.open()
