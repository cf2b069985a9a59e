# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: what Command Center answers."""

from __future__ import annotations

from typing import Any, Protocol

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

INDEX = """Command Center
/metrics    what Prometheus scrapes
/api/fleet  every vertical and the platform totals, as JSON
/readyz     whether it runs, and with which configuration
/healthz    whether it lives
"""


class Source(Protocol):
    """Where the answers come from."""

    def page(self) -> bytes: ...

    def overview(self) -> dict[str, Any]: ...

    def readiness(self) -> dict[str, Any]: ...


def create_app(source: Source) -> Starlette:
    async def index(_request: Request) -> Response:
        return PlainTextResponse(INDEX)

    async def health(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        readiness = source.readiness()
        return JSONResponse(readiness, status_code=200 if readiness["ready"] else 503)

    async def metrics(_request: Request) -> Response:
        return Response(source.page(), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})

    async def fleet(_request: Request) -> Response:
        return JSONResponse(source.overview())

    app = Starlette(
        routes=[
            Route("/", index),
            Route("/healthz", health),
            Route("/readyz", ready),
            Route("/metrics", metrics),
            Route("/api/fleet", fleet),
        ]
    )
    app.router.redirect_slashes = False  # it would send people wherever the Host header says
    return app
