# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of panels."""

from __future__ import annotations

import time
from typing import Any

from ..app import App
from ..errors import Refused
from ..queries import frames, intervals, model
from ..queries.prometheus import Prometheus, QueryError
from ..sources import Source
from .routing import Answer, Request, route


@route("POST", "/api/ds/query")
def query(app: App, request: Request) -> Answer:
    body = request.document()
    start, end = _range(body)
    queries = body.get("queries")
    if not isinstance(queries, list) or not all(isinstance(one, dict) for one in queries):
        raise Refused(400, "bad request data")
    if not queries:
        raise Refused(400, "No queries found")
    results = {}
    for given in queries:
        if given.get("hide") is True:
            continue
        source = _source(app, given)
        asked = model.read(given, start, end, source.options.get("timeInterval", ""))
        if asked.reference in results:
            raise Refused(400, f"query {asked.reference} comes twice")
        results[asked.reference] = _result(source, asked)
    failed = any("error" in result for result in results.values())
    return Answer({"results": results}, 400 if failed else 200)


def _range(body: dict[str, Any]) -> tuple[int, int]:
    now = int(time.time() * 1000)
    texts = body.get("from"), body.get("to")
    if not all(isinstance(text, str) for text in texts):
        raise Refused(400, "bad request data: from and to are texts")
    try:
        start, end = (intervals.moment(str(text), now) for text in texts)
    except ValueError as error:
        raise Refused(400, str(error)) from None
    if start > end:
        raise Refused(400, "from is after to")
    return start, end


def _source(app: App, given: dict[str, Any]) -> Source:
    reference = given.get("datasource")
    uid = reference.get("uid") if isinstance(reference, dict) else None
    source = app.sources.get(uid) if isinstance(uid, str) else None
    if not source:
        raise Refused(404, "Data source not found")
    if source.type != "prometheus":
        raise Refused(400, f"the double does not query {source.type}")
    app.plugins.need(source.type)
    return source


def _result(source: Source, asked: model.Query) -> dict[str, Any]:
    prometheus = Prometheus(source)
    made: list[frames.Frame] = []
    try:
        if asked.instant:
            answer = prometheus.ask("query", {"query": asked.expression, "time": _seconds(asked.end)})
            made += frames.frames(answer, asked)
        if asked.range:
            start, end = map(_seconds, asked.aligned)
            over = {"query": asked.expression, "start": start, "end": end, "step": _seconds(asked.step)}
            made += frames.frames(prometheus.ask("query_range", over), asked)
    except QueryError as error:
        return {"error": str(error), "errorSource": "downstream", "status": error.status, "frames": made}
    return {"status": 200, "frames": made}


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".")
