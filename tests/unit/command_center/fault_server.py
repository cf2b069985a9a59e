# SPDX-License-Identifier: GPL-3.0-or-later
"""A test double of many verticals: an HTTP server on loopback that misbehaves for real, chosen by the path.

Run as a program it prints its port and serves until it is ended. /inflight tells, as JSON, how many requests of each
path are being served, and the most that ever were at once.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone

HUGE = 100 * 1024 * 1024
LONG_KEY = "k" * 500_000
Writer = asyncio.StreamWriter
Behaviour = Callable[[Writer], Awaitable[None]]


def stats(**changes: object) -> dict[str, object]:
    summary = {"contacts": 120, "deals": 14, "contacts_today": 3, "deals_today": 1}
    return {
        "service": "peakpro-crm",
        "summary": summary,
        **summary,
        "timestamp": datetime.now(timezone.utc).isoformat(),
        "attribution": {"last_created_by_key": "raw-1", "top_creator_keys": [{"key": "raw-1", "count": 9}]},
        **changes,
    }


def text(body: str | bytes, status: str = "200 OK", headers: str = "") -> Behaviour:
    async def send(writer: Writer) -> None:
        raw = body.encode() if isinstance(body, str) else body
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(raw)}\r\n{headers}\r\n".encode() + raw)

    return send


def document(**changes: object) -> Behaviour:
    async def send(writer: Writer) -> None:
        await text(json.dumps(stats(**changes)))(writer)

    return send


def top_keys(*entries: object) -> Behaviour:
    return document(attribution={"top_creator_keys": list(entries)})


async def exposition(writer: Writer) -> None:
    await text(
        f'property_records{{state="a"}} 40\nproperty_records{{state="b"}} 2\nproperty_updated {time.time():.3f}\n'
        'property_writes_total{key="raw-2"} 5\nproperty_writes_total{key="raw-3"} 6\n'
    )(writer)


async def slow(writer: Writer) -> None:
    await asyncio.sleep(0.5)
    await document()(writer)


async def stall(_writer: Writer) -> None:
    await asyncio.sleep(3600)


async def drip(writer: Writer) -> None:
    """Each byte comes in time, the answer never does."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_head(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_head(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"a" * 8000 + b"\r\n")
        await writer.drain()


async def endless_interim(writer: Writer) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood_interim(writer: Writer) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 \r\n\r\n" * 1000)
        await writer.drain()


async def flood_chunks(writer: Writer) -> None:
    """What is the most work for the reader for each byte."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\n \r\n" * 1000)
        await writer.drain()


async def flood_extensions(writer: Writer) -> None:
    """Chunks that are next to nothing but framing."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1;" + b"a" * 8000 + b"\r\n \r\n")
        await writer.drain()


async def huge(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(HUGE // 65536):
        writer.write(b" " * 65536)
        await writer.drain()


async def huge_declared(writer: Writer) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {HUGE}\r\n\r\n".encode())
    await asyncio.sleep(3600)


async def huge_chunked(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(HUGE // 65536):
        writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        await writer.drain()


async def large_stall(writer: Writer) -> None:
    """Stop just below what may be sent."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1_000_000)
    await asyncio.sleep(3600)


async def early_close(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")


async def no_answer(_writer: Writer) -> None:
    """Close at once."""


async def reset(writer: Writer) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()


async def not_http(writer: Writer) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")


HOSTILE_TEXTS = (
    '"} 1\nevil_total 1\n#',
    "back\\slash \\n \\",
    "{{ 7 * 7 }}{% raw %}",
    "${HOME} $(id) `id`",
    "__import__('os').system('id')",
    "<script>alert(1)</script>",
    "\x00\x07\x1b[31m\x7f\r",
    "\u202e\u2028\ufeff\U0001f480",
    "\ud800",
    "other",
    "key-0123456789ab",
    " ",
)
"""Each has a word that may be on no page."""


def escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def labels(*values: str) -> Behaviour:
    """A good exposition whose writes have these keys."""
    lines = (f'property_writes_total{{key="{escaped(value)}",{"x" * 100}="{escaped(value)}"}} 1\n' for value in values)
    return text(("property_records 1\n" + "".join(lines)).encode("utf-8", "replace"))


BOMB = gzip.compress(b" " * HUGE, 9)
HEAVY_SERIES = 'property_records{a="' + '\\"' * 240 + '"} 1\n'  # what takes the parser longest
BEHAVIOURS: dict[str, Behaviour] = {
    "good": document(),
    "good_exposition": exposition,
    "media": text(
        json.dumps({"summary": {"total_files": 7, "total_size_mb": 1.5}, "timestamp": "2020-01-01T00:00:00Z"})
    ),
    "slow": slow,
    "stall": stall,
    "drip": drip,
    "drip_head": drip_head,
    "endless_head": endless_head,
    "endless_interim": endless_interim,
    "flood_interim": flood_interim,
    "flood_chunks": flood_chunks,
    "flood_extensions": flood_extensions,
    "many_series": text("property_records 1\n" * 50_000),
    "heavy_series": text(HEAVY_SERIES * 1900 + "property_records many\n"),
    "large_stall": large_stall,
    "huge": huge,
    "huge_declared": huge_declared,
    "huge_chunked": huge_chunked,
    "bomb": text(BOMB, headers="Content-Encoding: gzip\r\n"),
    "early_close": early_close,
    "no_answer": no_answer,
    "reset": reset,
    "not_http": not_http,
    "status_500": text("it broke: raw-1", "500 Internal Server Error"),
    "status_204": text("", "204 No Content"),
    "redirect": text("", "302 Found", "Location: /good\r\n"),
    "redirect_garbage": text("", "301 Moved", "Location: ht!tp://[\r\n"),
    "garbage": text(bytes(range(256)) * 8),
    "html": text("<html>Please log in</html>"),
    "empty": text(""),
    "list": text("[1, 2]"),
    "deep": text("[" * 9000 + "]" * 9000),
    "very_deep": text("[" * 400_000 + "]" * 400_000),
    "near_limit": text("[" + "[]," * 340_000 + "[]]"),
    "long_text": text('{"note": "' + "x" * 1_000_000 + '"}'),
    "nan": text('{"summary": {"contacts": NaN}, "timestamp": "2025-11-07T10:00:00Z"}'),
    "infinity": text('{"summary": {"contacts": 1e999}, "timestamp": "2025-11-07T10:00:00Z"}'),
    "long_int": text('{"summary": {"contacts": ' + "9" * 5000 + '}, "timestamp": "2025-11-07T10:00:00Z"}'),
    "big_int": document(summary={"contacts": 10**300}),
    "huge_int": document(summary={"contacts": 10**4000}),
    "negative": document(summary={"contacts": -1}),
    "bool": document(summary={"contacts": True}),
    "string_number": document(summary={"contacts": "120"}),
    "null": document(summary={"contacts": None}),
    "summary_list": document(summary=[120]),
    "no_summary": text('{"timestamp": "2025-11-07T10:00:00Z"}'),
    "no_timestamp": document(timestamp=None),
    "naive_timestamp": document(timestamp="2025-11-07T10:00:00"),
    "odd_timestamp": document(timestamp="yesterday"),
    "future_timestamp": document(timestamp="2999-01-01T00:00:00Z"),
    "attribution_list": document(attribution=[]),
    "key_number": top_keys({"key": 5, "count": 1}),
    "key_negative": top_keys({"key": "raw-1", "count": -4}),
    "wild_keys": top_keys({"key": 'raw"\\n\ud800', "count": 2}, {"key": LONG_KEY, "count": 1}),
    "hostile_keys": top_keys(*({"key": value, "count": 1} for value in HOSTILE_TEXTS)),
    "hostile_fields": document(
        service=HOSTILE_TEXTS[0],
        summary={"contacts": 1, **dict.fromkeys(HOSTILE_TEXTS, 1)},
        attribution={"top_creator_keys": [{"key": "k", "count": 1, **dict.fromkeys(HOSTILE_TEXTS, 1)}]},
    ),
    "hostile_labels": labels(*HOSTILE_TEXTS),
    "hostile_message": text("evil\x1b[31m{{ 7 * 7 }}", "500 evil ${HOME}", "X-Evil: evil\r\nLocation: evil\r\n"),
    "invalid_utf8": text(b'{"summary": {"contacts": 1}, "timestamp": "evil\xff\xfe\xc0\x80"}'),
    "invalid_utf8_labels": text(b'property_records{a="evil\xff"} 1\n'),
    "ten_megabytes": text('{"evil": "' + "e" * 10_000_000 + '"}'),
    "long_label": labels("evil" * 250_000),
    "keys_100k": top_keys(*({"key": f"evil{n}", "count": 1} for n in range(100_000))),
    "series_100k": labels(*(f"evil{n}" for n in range(100_000))),
    "keys_1000": top_keys(*({"key": f"evil{n}", "count": n} for n in range(1000))),
    "many_keys": top_keys(*({"key": f"raw-{n}", "count": n} for n in range(1001))),
}


class Server:
    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """One request: the path's last part names the behaviour, what is before it only tells verticals apart."""
        try:
            line = await reader.readuntil(b"\r\n\r\n")
            path = line.split(b" ")[1].decode()
            if path == "/inflight":
                await text(json.dumps({"now": self.now, "most": self.most}))(writer)
                return
            self.now[path] += 1
            self.most[path] = max(self.most[path], self.now[path])
            gone = asyncio.create_task(reader.read())
            behaving = asyncio.create_task(self.behave(path, writer))
            await asyncio.wait({gone, behaving}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            behaving.cancel()
            self.now[path] -= 1
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def behave(self, path: str, writer: Writer) -> None:
        try:
            await BEHAVIOURS[path.rsplit("/", 1)[1]](writer)
            await writer.drain()
        except OSError:
            pass  # the client went away


async def main() -> None:
    server = await asyncio.start_server(Server().serve, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
