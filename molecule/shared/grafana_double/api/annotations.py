# SPDX-License-Identifier: GPL-3.0-or-later
"""Annotations."""

from __future__ import annotations

from typing import Any

from ..app import App
from ..errors import Refused
from ..store import Document
from .routing import Answer, Request, route

_KNOWN = {"dashboardUID": str, "panelId": int, "time": int, "timeEnd": int, "tags": list, "text": str, "data": dict}


@route("POST", "/api/annotations")
def add(app: App, request: Request) -> Answer:
    fields = request.document()
    _check(fields)
    uid = fields.get("dashboardUID")
    if uid and not app.dashboards.get(uid):
        raise Refused(404, "Dashboard not found")
    return Answer({"message": "Annotation added", "id": app.annotations.add(fields, request.login)})


def _check(fields: dict[str, Any]) -> None:
    """Stricter than Grafana, which passes over what it does not know."""
    for key, value in fields.items():
        if key not in _KNOWN or isinstance(value, bool) or not isinstance(value, _KNOWN[key]):
            raise Refused(400, f"bad request data: {key}")
    if not fields.get("text"):
        raise Refused(400, "Failed to save annotation: text field should not be empty")
    if not all(isinstance(tag, str) for tag in fields.get("tags", [])):
        raise Refused(400, "bad request data: tags")
    if 0 < fields.get("time", 0) < 10**11:
        raise Refused(400, "bad request data: time is in seconds, and Grafana wants milliseconds")


@route("GET", "/api/annotations")
def find(app: App, request: Request) -> Answer:
    start, end = request.number("from", 0), request.number("to", 0)
    uid, panel = request.one("dashboardUID"), request.number("panelId", 0)
    tags, any_of = set(request.query.get("tags", [])), request.one("matchAny") == "true"

    def wanted(one: Document) -> bool:
        has = tags & set(one["tags"])
        return (
            (not end or one["time"] <= end)
            and (not start or one["timeEnd"] >= start)
            and (not uid or one["dashboardUID"] == uid)
            and (not panel or one["panelId"] == panel)
            and (not tags or (bool(has) if any_of else has == tags))
        )

    return Answer(app.annotations.find(wanted, request.number("limit", 100) or 100))


@route("DELETE", "/api/annotations/:id")
def delete(app: App, request: Request) -> Answer:
    if not app.annotations.get(request.path["id"]):
        raise Refused(404, "Could not find annotation to delete")
    app.annotations.delete(request.path["id"])
    return Answer({"message": "Annotation deleted"})
