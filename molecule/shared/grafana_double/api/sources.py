# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources, and whether they work."""

from __future__ import annotations

from typing import Any

from ..app import App
from ..errors import Refused
from ..queries.prometheus import Prometheus, QueryError
from ..sources import Source
from .routing import Answer, Request, route

_HEALTH_TIME = "4"  # Grafana asks for the fourth second of 1970; 1+1 is 2 at any time
_QUERIED = "Successfully queried the Prometheus API."
_FAILED = "There was an error returned querying the Prometheus API."


@route("GET", "/api/datasources")
def every(app: App, _request: Request) -> Answer:
    return Answer([_shown(one) for one in sorted(app.sources.all(), key=lambda one: one.name.lower())])


@route("GET", "/api/datasources/uid/:uid")
def get(app: App, request: Request) -> Answer:
    found = _found(app, request)
    more = {
        "basicAuthUser": found.basic_auth_user,
        "withCredentials": found.with_credentials,
        "secureJsonFields": dict.fromkeys(found.secrets, True),
        "version": found.version,
        "apiVersion": "",
    }
    return Answer({**_shown(found), **more})


@route("GET", "/api/datasources/uid/:uid/health")
def health(app: App, request: Request) -> Answer:
    source = _found(app, request)
    app.plugins.need(source.type)
    try:
        Prometheus(source).ask("query", {"query": "1+1", "time": _HEALTH_TIME})
    except QueryError as error:
        return Answer({"status": "ERROR", "message": f"{error} - {_FAILED}"}, 400)
    details = {"application": "Prometheus", "features": {"rulerApiEnabled": False}}
    return Answer({"status": "OK", "message": _QUERIED, "details": details})


def _shown(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "uid": source.uid,
        "orgId": 1,
        "name": source.name,
        "type": source.type,
        "typeName": source.type.capitalize(),
        "typeLogoUrl": "",
        "access": source.access,
        "url": source.url,
        "user": source.user,
        "database": source.database,
        "basicAuth": source.basic_auth,
        "isDefault": source.is_default,
        "jsonData": source.options,
        "readOnly": source.read_only,
    }


def _found(app: App, request: Request) -> Source:
    if found := app.sources.get(request.path["uid"]):
        return found
    raise Refused(404, "Data source not found")
