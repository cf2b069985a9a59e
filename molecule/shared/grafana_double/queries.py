# SPDX-License-Identifier: GPL-3.0-or-later
"""/api/ds/query and the health of a data source: asked of the real Prometheus, answered as data frames."""

from __future__ import annotations

import base64
import json
import math
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

Document = dict[str, Any]
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LEFT = re.compile(r"\$\{?[A-Za-z_]\w*")


class QueryError(Exception):
    """What Prometheus or the network says. status: of the answer."""

    def __init__(self, text: str, status: int = 500) -> None:
        super().__init__(text)
        self.status = status


def ask(source: Document, secrets: dict[str, str], what: str, parameters: dict[str, Any]) -> Document:
    """what: query or query_range. The data of the answer. Raises QueryError."""
    form = urllib.parse.urlencode(parameters).encode()
    request = urllib.request.Request(f"{source['url'].rstrip('/')}/api/v1/{what}", form)  # noqa: S310 - of a file
    if source["basicAuth"]:
        pair = f"{source['basicAuthUser']}:{secrets.get('basicAuthPassword', '')}"
        request.add_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    handlers: list[Any] = [urllib.request.ProxyHandler({})]
    if request.type == "https":
        handlers.append(urllib.request.HTTPSHandler(context=_tls(source, secrets)))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=30) as answer:
            content, status = answer.read(), answer.status
    except urllib.error.HTTPError as error:
        content, status = error.read(), error.code
    except OSError as error:
        raise QueryError(f'Post "{request.full_url}": {getattr(error, "reason", error)}', 502) from None
    try:
        answer = json.loads(content)
        if answer["status"] == "success":
            return dict(answer["data"])
        text = f"{answer['errorType']}: {answer['error']}"
    except (ValueError, KeyError, TypeError):
        text = f"unexpected response with status code {status}: {content[:200].decode(errors='replace')}"
    raise QueryError(text, status)


def _tls(source: Document, secrets: dict[str, str]) -> ssl.SSLContext:
    given = secrets.get("tlsCACert") if source["jsonData"].get("tlsAuthWithCACert") else None
    context = ssl.create_default_context(cadata=given)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as Go has it
    return context


def result(source: Document, secrets: dict[str, str], query: Document, start: int, end: int) -> Document:
    """start, end: ms. One result of /api/ds/query."""
    scrape = _ms(source["jsonData"].get("timeInterval") or "15s")
    interval = max(int(query.get("intervalMs") or 1000), 1)
    step = max(interval, (end - start) // int(query.get("maxDataPoints") or 1000), 1000)
    seconds = round((end - start) / 1000)
    values = {
        "rate_interval": f"{max(step + scrape, 4 * scrape) // 1000}s",
        "interval_ms": str(step),
        "interval": f"{step // 1000}s",
        "range_s": str(seconds),
        "range": f"{seconds}s",
    }
    expression = str(query.get("expr") or "")
    for name, value in values.items():
        expression = expression.replace(f"$__{name}", value).replace(f"${{__{name}}}", value)
    frames: list[Document] = []
    try:
        if not expression.strip() or (left := _LEFT.search(expression)):
            raise QueryError(f"bad_data: the double got a query that is empty or has {left and left[0]} in it", 400)
        if query.get("instant"):
            frames += _frames(query, ask(source, secrets, "query", {"query": expression, "time": end / 1000}))
        if query.get("range") or not query.get("instant"):
            over = {"query": expression, "start": start / 1000, "end": end / 1000, "step": step / 1000}
            frames += _frames(query, ask(source, secrets, "query_range", over))
    except QueryError as error:
        return {"error": str(error), "errorSource": "downstream", "status": error.status, "frames": frames}
    return {"status": 200, "frames": frames}


def moment(text: Any, now: float) -> int:
    """ms of `now-1h` or of a number of ms. Raises ValueError."""
    found = re.fullmatch(r"now(?:-(\w+))?", str(text))
    return int(now * 1000) - (_ms(found[1]) if found[1] else 0) if found else int(text)


def _ms(text: str) -> int:
    found = re.fullmatch(r"(\d+)(ms|[smhd])", text)
    if not found:
        raise ValueError(f"invalid duration {text!r}")
    return int(found[1]) * _UNITS[found[2]]


def _frames(query: Document, data: Document) -> list[Document]:
    """One a series; where there is none, one without fields."""
    one, many = data["resultType"] != "matrix", []
    series = [{"metric": {}, "value": data["result"]}] if data["resultType"] == "scalar" else data["result"]
    for found in series:
        points = [found["value"]] if one else found["values"]
        numbers = [float(value) for _, value in points]
        fields = [
            {"name": "Time", "type": "time", "config": {}},
            {"name": "Value", "type": "number", "labels": found["metric"], "config": {}},
        ]
        columns = [[round(at * 1000) for at, _ in points], [n if math.isfinite(n) else None for n in numbers]]
        many.append({"schema": {"refId": query["refId"], "fields": fields}, "data": {"values": columns}})
    return many or [{"schema": {"refId": query["refId"], "fields": []}, "data": {"values": []}}]
