# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inbox answers over HTTP: as Slack, as PagerDuty, as a webhook; and to those who look."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.protocols import (
    PAGERDUTY_EVENT,
    rejections,
)
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from . import __version__
from .config import Config
from .mail import MailServer
from .messages import Messages
from .page import html

LONGEST = 1 << 20  # bytes of a request
DEEPEST = 100  # levels of its JSON: what is shown again must not meet Python's limit there
NO_JSON = object()


def application(config: Config, messages: Messages, mail: MailServer, mail_socket: socket.socket) -> Starlette:
    inbox = _Inbox(config, messages)

    @asynccontextmanager
    async def with_mail(_app: Starlette) -> AsyncIterator[None]:
        server = await asyncio.get_running_loop().create_server(mail.conversation, sock=mail_socket)
        yield
        server.close()  # without waiting: a client that says nothing would hold up the stop

    routes = [
        Route("/", inbox.page),
        Route("/healthz", inbox.health),
        Route("/readyz", inbox.readiness),
        Route("/api/messages", inbox.messages, methods=["GET", "DELETE"]),
        Route("/slack/{receiver}", inbox.slack, methods=["POST"]),
        Route("/pagerduty/{receiver}/v2/enqueue", inbox.pagerduty, methods=["POST"]),
        Route("/webhook/{receiver}", inbox.webhook, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=with_mail)


async def _document(request: Request, longest: int) -> Any:
    """The body as JSON, or NO_JSON; a longer one is answered 413."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > longest:
            raise HTTPException(413, f"longer than {longest} bytes")
    try:
        document = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return NO_JSON
    return NO_JSON if _deeper_than(document, DEEPEST) else document


def _refuse(constant: str) -> None:
    """NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(constant)


def _deeper_than(document: Any, most: int) -> bool:
    level = [document]
    for _turn in range(most):
        groups = [item for item in level if isinstance(item, (dict, list))]
        if not groups:
            return False
        level = [item for group in groups for item in (group.values() if isinstance(group, dict) else group)]
    return True


def _fingerprint(routing_key: str) -> str:
    """By which one knows that it is the right key; the key itself is a secret, and everybody may read the messages."""
    return hashlib.sha256(routing_key.encode(errors="surrogatepass")).hexdigest()[:32]  # as long as a key


class _Inbox:
    def __init__(self, config: Config, messages: Messages) -> None:
        self._config, self._messages = config, messages

    async def slack(self, request: Request) -> Response:
        body = await _document(request, LONGEST)
        if answers := rejections("slack", body):
            return PlainTextResponse(answers[0], 400)
        self._messages.take("slack", request.path_params["receiver"], body)
        return PlainTextResponse("ok")

    async def pagerduty(self, request: Request) -> Response:
        body = await _document(request, PAGERDUTY_EVENT)
        if answers := rejections("pagerduty", body):
            message = "Event object is invalid"
            return JSONResponse({"status": "invalid event", "message": message, "errors": answers}, 400)
        shown = {**body, "routing_key": _fingerprint(body["routing_key"])}
        self._messages.take("pagerduty", request.path_params["receiver"], shown)
        key = body.get("dedup_key") or secrets.token_hex(16)
        return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": key}, 202)

    async def webhook(self, request: Request) -> Response:
        body = await _document(request, LONGEST)
        if body is NO_JSON:
            return PlainTextResponse("the body is not JSON", 400)
        self._messages.take("webhook", request.path_params["receiver"], body)
        return PlainTextResponse("kept, and sent to nobody")

    async def messages(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._messages.clear()
            return Response(status_code=204)
        after = request.query_params.get("after", "0")
        if not after.isdecimal() or len(after) > 18:
            return PlainTextResponse("after is not the id of a message: give a whole number", 400)
        # Not JSONResponse: half a character, which JSON may hold escaped, is no UTF-8.
        return Response(json.dumps({"messages": self._messages.after(int(after))}), media_type="application/json")

    async def page(self, _request: Request) -> Response:
        return HTMLResponse(html(self._messages.newest(100)))

    async def health(self, _request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readiness(self, _request: Request) -> Response:
        state = {"ready": True, "config_sha256": self._config.sha256, "version": __version__, "config_error": None}
        return JSONResponse(state)
