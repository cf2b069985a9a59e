# SPDX-License-Identifier: GPL-3.0-or-later
"""One ask of one vertical: a GET with a hard deadline and a hard size, every failure put under its reason."""

from __future__ import annotations

import asyncio
import functools
import os
import socket
import ssl
import time
from collections.abc import Iterator

import httpcore

from . import __version__, exposition, stats
from .config import Config, Vertical
from .outcome import Answer, AskError, Reason
from .wire import Allowance, Backend

MAX_HEAD = 32 * 1024  # bytes, interim answers (1xx) counted in
MAX_PIECES = 5000  # each costs time of its own, however little is in it

HEADERS: dict[bytes | str, bytes | str] = {
    "user-agent": f"aetherlink-command-center/{__version__}",
    "accept": "application/json, text/plain;q=0.9",
    "accept-encoding": "identity",  # a small answer must not unfold into a large one
    "connection": "close",
}


async def ask(vertical: Vertical, config: Config) -> Answer:
    """Ask once. Raises AskError for whatever the vertical or the way to it does wrong."""
    try:
        async with asyncio.timeout(config.timeout_seconds):
            body = await _fetch(vertical.url, config.max_body_bytes)
            if vertical.kind == "exposition":
                return await exposition.read(body, vertical, time.time())
            return stats.read(body, vertical.totals, time.time())
    except (TimeoutError, httpcore.TimeoutException):
        raise AskError(Reason.TIMEOUT, f"no complete answer within {config.timeout_seconds:g} s") from None
    except httpcore.ConnectError as error:
        raise _connect_error(error) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
        if _find(error, ssl.SSLError):
            raise AskError(Reason.TLS, "the TLS connection failed before the answer was complete") from None
        raise AskError(Reason.PROTOCOL, "the connection ended or left HTTP before the answer was complete") from None


async def _fetch(url: str, max_bytes: int) -> bytearray:
    # The bare protocol: no redirects, cookies, proxies or decoding, and a new connection for each ask, so that
    # nothing a vertical does can reach another one or the next ask.
    allowance = Allowance(MAX_HEAD, AskError(Reason.PROTOCOL, f"the answer's head is longer than {MAX_HEAD} bytes"))
    async with (
        httpcore.AsyncConnectionPool(ssl_context=_tls_context(), network_backend=Backend(allowance)) as pool,
        pool.stream("GET", url, headers=HEADERS) as response,
    ):
        _check_head(response, max_bytes)
        allowance.renew(2 * max_bytes + MAX_HEAD, _too_large(max_bytes))  # the framing of chunks may be as much again
        body = bytearray()
        pieces = 0
        async for piece in response.aiter_stream():
            body += piece
            pieces += 1
            if len(body) > max_bytes or pieces > MAX_PIECES:
                raise _too_large(max_bytes)
        return body


def _check_head(response: httpcore.Response, max_bytes: int) -> None:
    if 300 <= response.status < 400:
        raise AskError(Reason.REDIRECT, f"answered with a redirect (HTTP {response.status}), which is not followed")
    if response.status != 200:
        raise AskError(Reason.HTTP_STATUS, f"answered HTTP {response.status}")
    headers = {name.lower(): value.strip().lower() for name, value in response.headers}
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise AskError(Reason.ENCODING, "the answer is compressed, though only plain answers were asked for")
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> AskError:
    return AskError(
        Reason.TOO_LARGE, f"the answer is larger than {max_bytes} bytes, or in more than {MAX_PIECES} pieces"
    )


def _connect_error(error: httpcore.ConnectError) -> AskError:
    """Say why no connection came about, in the operating system's or the TLS library's words."""
    certificate = _find(error, ssl.SSLCertVerificationError)
    if isinstance(certificate, ssl.SSLCertVerificationError):
        return AskError(Reason.TLS, f"the certificate is not accepted: {certificate.verify_message}")
    if _find(error, ssl.SSLError):
        return AskError(Reason.TLS, "the TLS handshake failed")
    if _find(error, socket.gaierror):
        return AskError(Reason.CONNECT, "the host name cannot be resolved")
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.errno:
            return AskError(Reason.CONNECT, f"no connection: {os.strerror(cause.errno)}")
    return AskError(Reason.CONNECT, "no connection")


def _find(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    return next((cause for cause in _chain(error) if isinstance(cause, kind)), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        for inner in getattr(error, "exceptions", ()):  # a group: one error for each address of a host name
            yield from _chain(inner)
        error = error.__cause__ or error.__context__


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """The system's trust store, read once; SSL_CERT_FILE and SSL_CERT_DIR are honoured by the TLS library."""
    return ssl.create_default_context()
