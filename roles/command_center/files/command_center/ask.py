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

import httpx

from . import __version__, exposition, stats
from .config import Config, Vertical
from .outcome import Answer, AskError, Reason

HEADERS = {
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
    except (TimeoutError, httpx.TimeoutException):
        raise AskError(Reason.TIMEOUT, f"no complete answer within {config.timeout_seconds:g} s") from None
    except httpx.ConnectError as error:
        raise _connect_error(error) from None
    except httpx.TransportError as error:
        if _find(error, ssl.SSLError):
            raise AskError(Reason.TLS, "the TLS connection failed before the answer was complete") from None
        raise AskError(Reason.PROTOCOL, "the connection ended or left HTTP before the answer was complete") from None


async def _fetch(url: str, max_bytes: int) -> bytearray:
    # The bare transport: no redirects, cookies, proxies or decoding, and a new connection for each ask, so that
    # nothing a vertical does can reach another one or the next ask.
    async with httpx.AsyncHTTPTransport(verify=_tls_context(), trust_env=False) as transport:
        response = await transport.handle_async_request(httpx.Request("GET", url, headers=HEADERS))
        try:
            _check_head(response, max_bytes)
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
            return body
        finally:
            await response.aclose()


def _check_head(response: httpx.Response, max_bytes: int) -> None:
    if 300 <= response.status_code < 400:
        raise AskError(
            Reason.REDIRECT, f"answered with a redirect (HTTP {response.status_code}), which is not followed"
        )
    if response.status_code != 200:
        raise AskError(Reason.HTTP_STATUS, f"answered HTTP {response.status_code}")
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise AskError(Reason.ENCODING, "the answer is compressed, though only plain answers were asked for")
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> AskError:
    return AskError(Reason.TOO_LARGE, f"the answer is larger than {max_bytes} bytes")


def _connect_error(error: httpx.ConnectError) -> AskError:
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
