# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of Grafana's HTTP API that the collection uses, with Grafana's fields and status codes."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import queries
from .provisioning import Provisioning
from .settings import FatalError, Settings
from .store import Admin, Document, Store, slug


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class App:
    version: str
    settings: Settings
    store: Store
    admin: Admin
    provisioning: Provisioning
    plugins: frozenset[str]
    log: Any


@dataclass(frozen=True)
class Request:
    """query: every value of each parameter."""

    query: dict[str, list[str]]
    body: bytes
    login: str

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def number(self, name: str, default: int) -> int:
        text = self.one(name)
        return int(text) if text.isdecimal() else default

    def document(self) -> Document:
        try:
            document = json.loads(self.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Refused(400, "bad request data")
        return document


Handler = Callable[..., Any]
ROUTES: list[tuple[str, str, Handler]] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ROUTES.append((method, path, handler))
        return handler

    return register


def find(method: str, path: str) -> tuple[str, Handler, tuple[str, ...]] | None:
    """The route's path as its metrics name it, what handles it, and the values of its places."""
    for wanted, pattern, handler in ROUTES:
        found = re.fullmatch(re.sub(r":\w+", "([^/]+)", pattern), path)
        if found and wanted == method:
            return pattern, handler, found.groups()
    return None


@route("GET", "/api/health")
def health(app: App, _request: Request) -> Document:
    return {"database": "ok", "version": app.version, "commit": "test-double"}


@route("GET", "/api/org")
def organisation(_app: App, _request: Request) -> Document:
    return {"id": 1, "name": "Main Org."}


@route("PUT", "/api/user/password")
def password(app: App, request: Request) -> Document:
    body = request.document()
    if why := app.admin.change_password(str(body.get("oldPassword")), str(body.get("newPassword"))):
        raise Refused(401 if "old" in why else 400, why)
    return {"message": "User password changed"}


@route("POST", "/api/admin/provisioning/:what/reload")
def reload(app: App, _request: Request, what: str) -> Document:
    """The cause of a failure is in the log alone."""
    reloads = {"dashboards": app.provisioning.dashboards, "datasources": app.provisioning.data_sources}
    try:
        reloads[what]()
    except FatalError as error:
        app.log("error", f"Failed to provision {what}", error=error)
        raise Refused(500, "Internal Server Error") from None
    return {"message": f"{what.capitalize()} config reloaded"}


@route("GET", "/api/datasources")
def sources(app: App, _request: Request) -> list[Document]:
    return sorted(app.store.all("source"), key=lambda one: str(one["name"]).lower())


@route("GET", "/api/datasources/uid/:uid")
def source(app: App, _request: Request, uid: str) -> Document:
    if found := next((one for one in app.store.all("source") if one["uid"] == uid), None):
        return found
    raise Refused(404, "Data source not found")


@route("GET", "/api/datasources/uid/:uid/health")
def source_health(app: App, request: Request, uid: str) -> Document:
    found = _queried(app, request, uid)
    try:
        queries.ask(found, app.provisioning.secrets.get(found["name"], {}), "query", {"query": "1+1", "time": "4"})
    except queries.QueryError as error:
        raise Refused(400, f"{error} - There was an error returned querying the Prometheus API.") from None
    return {"status": "OK", "message": "Successfully queried the Prometheus API."}


@route("POST", "/api/ds/query")
def query(app: App, request: Request) -> tuple[Document, int]:
    body, now = request.document(), time.time()
    try:
        start, end = (queries.moment(body.get(key), now) for key in ("from", "to"))
    except ValueError as error:
        raise Refused(400, str(error)) from None
    results = {}
    for one in body.get("queries") or []:
        found = _queried(app, request, str((one.get("datasource") or {}).get("uid")))
        secrets = app.provisioning.secrets.get(found["name"], {})
        results[one.get("refId", "A")] = queries.result(found, secrets, {"refId": "A", **one}, start, end)
    return {"results": results}, 400 if any("error" in one for one in results.values()) else 200


def _queried(app: App, request: Request, uid: str) -> Document:
    """A data source whose plugin is there: Prometheus' came along with Grafana once, and is one of its files now."""
    found = source(app, request, uid)
    if found["type"] != "prometheus" or "prometheus" not in app.plugins:
        raise Refused(404, "Plugin not found")
    return found


@route("GET", "/api/search")
def search(app: App, request: Request) -> list[Document]:
    """Dashboards alone, which is what the collection asks for."""
    folders = {one["uid"]: one["title"] for one in app.store.all("folder")}
    found = sorted(app.store.all("dashboard"), key=lambda one: str(one["title"]))
    limit, page = request.number("limit", 1000), request.number("page", 1)
    rows = [{key: one[key] for key in ("id", "uid", "title")} | _place(one, folders) for one in found]
    return rows[(page - 1) * limit : page * limit]


def _place(one: Document, folders: dict[str, str]) -> Document:
    row = {"type": "dash-db", "url": f"/d/{one['uid']}/{slug(one['title'])}", "tags": one["data"].get("tags") or []}
    return row | ({"folderUid": one["folder"], "folderTitle": folders[one["folder"]]} if one["folder"] else {})


@route("GET", "/api/dashboards/uid/:uid")
def dashboard(app: App, _request: Request, uid: str) -> Document:
    if not (found := app.store.dashboard(uid)):
        raise Refused(404, "Dashboard not found")
    folder = app.store.get("folder", found["folder"]) or {"title": "General", "uid": ""}
    meta = {
        "provisioned": bool(found["provider"]),
        "provisionedExternalId": os.path.basename(found["path"]),
        "folderUid": folder["uid"],
        "folderTitle": folder["title"],
        "version": found["version"],
        "slug": slug(found["title"]),
    }
    return {"meta": meta, "dashboard": {**found["data"], "id": found["id"], "version": found["version"]}}


@route("POST", "/api/dashboards/db")
def save(app: App, request: Request) -> Document:
    body = request.document()
    data, folder = body.get("dashboard") or {}, str(body.get("folderUid") or "")
    if not str(data.get("title") or "").strip():
        raise Refused(400, "Dashboard title cannot be empty")
    if folder and not app.store.get("folder", folder):
        raise Refused(400, "folder not found")
    with app.store.lock:
        old = app.store.dashboard(str(data.get("uid") or ""))
        if old and old["provider"]:
            raise Refused(400, "Cannot save provisioned dashboard")
        if old and not body.get("overwrite") and data.get("version") != old["version"]:
            raise Refused(412, "The dashboard has been changed by someone else")
        saved = app.store.save_dashboard(data, folder, old)
    return {"status": "success", **{key: saved[key] for key in ("id", "uid", "version")}}


@route("DELETE", "/api/dashboards/uid/:uid")
def delete_dashboard(app: App, _request: Request, uid: str) -> Document:
    if not (found := app.store.dashboard(uid)):
        raise Refused(404, "Dashboard not found")
    if found["provider"]:
        raise Refused(400, "provisioned dashboard cannot be deleted")
    app.store.delete_dashboard(found)
    return {"title": found["title"], "uid": uid}


@route("GET", "/api/folders")
def folders(app: App, request: Request) -> list[Document]:
    return sorted(app.store.all("folder"), key=lambda one: str(one["title"]))[: request.number("limit", 1000)]


@route("GET", "/api/folders/:uid/counts")
def counts(app: App, _request: Request, uid: str) -> Document:
    return {"folder": 0, "dashboard": len(_within(app, uid)), "librarypanel": 0, "alertrule": 0}


@route("DELETE", "/api/folders/:uid")
def delete_folder(app: App, _request: Request, uid: str) -> Document:
    """With all that is in it."""
    with app.store.lock:
        for one in _within(app, uid):
            app.store.delete_dashboard(one)
        app.store.delete("folder", uid)
    return {"message": "Folder deleted"}


def _within(app: App, uid: str) -> list[Document]:
    if not app.store.get("folder", uid):
        raise Refused(404, "folder not found")
    return [one for one in app.store.all("dashboard") if one["folder"] == uid]


@route("POST", "/api/annotations")
def annotate(app: App, request: Request) -> Document:
    body, now = request.document(), int(time.time() * 1000)
    if not body.get("text"):
        raise Refused(400, "Failed to save annotation")
    number = app.store.next_id("annotation")
    made = {"id": number, "login": request.login, "time": body.get("time") or now, "text": body["text"]}
    app.store.put("annotation", str(number), {**made, "tags": body.get("tags") or []})
    return {"message": "Annotation added", "id": number}


@route("GET", "/api/annotations")
def find_annotations(app: App, request: Request) -> list[Document]:
    """The newest first."""
    tags = set(request.query.get("tags", []))
    found = [one for one in app.store.all("annotation") if tags <= set(one["tags"])]
    return sorted(found, key=lambda one: -int(one["id"]))[: request.number("limit", 100)]


def bundled(settings: Settings) -> frozenset[str]:
    """The ids of the plugins in the home's directory, behind links to directories, too."""
    top = settings.path("paths", "bundled_plugins")
    found = [Path(at, "plugin.json") for at, _, names in os.walk(top, followlinks=True) if "plugin.json" in names]
    return frozenset(json.loads(path.read_text())["id"] for path in found)
