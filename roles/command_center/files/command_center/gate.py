# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands before every page: asks for the password, and lets nothing but plain reading through."""

from __future__ import annotations

import base64
import binascii

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .passwords import Busy, Passwords

METHODS = ("GET", "HEAD")


class Gate:
    """The password comes first: without it no answer tells which paths and methods there are."""

    def __init__(self, app: ASGIApp, passwords: Passwords) -> None:
        self._app = app
        self._passwords = passwords

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._stranger(scope) or _not_reading(scope)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        if _has_body(scope):  # which nobody is going to read
            refusal.headers["connection"] = "close"
        await refusal(scope, receive, send)

    async def _stranger(self, scope: Scope) -> Response | None:
        if not self._passwords.required:
            return None
        pair = _credentials(scope)
        try:
            if pair and await self._passwords.accepts(*pair, address=scope["client"][0] if scope["client"] else ""):
                return None
        except Busy:
            text = "too many passwords are being checked; try again\n"
            return PlainTextResponse(text, status_code=429, headers={"retry-after": "1"})
        asking = {"www-authenticate": 'Basic realm="Command Center", charset="UTF-8"'}
        return PlainTextResponse("a user and a password are needed\n", status_code=401, headers=asking)


def _not_reading(scope: Scope) -> Response | None:
    if scope["method"] not in METHODS:
        return PlainTextResponse("GET and HEAD only\n", status_code=405, headers={"allow": ", ".join(METHODS)})
    if _has_body(scope):
        return PlainTextResponse("a request here has no body\n", status_code=413)
    return None


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0").strip(b"0") != b""


def _credentials(scope: Scope) -> tuple[bytes, bytes] | None:
    """User and password of the one Authorization header; None where there is none that can be read."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _separator, encoded = values[0].partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return (user, password) if colon else None
