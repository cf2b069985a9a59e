# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards, and the search for them and for folders."""

from __future__ import annotations

from typing import Any

from ..app import App
from ..dashboards import Dashboard, moment
from ..errors import Refused
from ..provisioning.dashboards import external_id
from .routing import Answer, Request, route

_LONGEST_ANSWER = 5000


@route("GET", "/api/dashboards/uid/:uid")
def get(app: App, request: Request) -> Answer:
    found = _found(app, request)
    provider = app.provisioning.provider(found.provider)
    meta = {
        "type": "db",
        "canSave": True,  # by the admin's rights; a provisioned one is refused only when it is saved
        "canEdit": True,
        "canAdmin": True,
        "canStar": True,
        "canDelete": True,
        "slug": found.slug,
        "url": found.url,
        "expires": "0001-01-01T00:00:00Z",
        "created": moment(found.created),
        "updated": moment(found.updated),
        "updatedBy": app.users.login,
        "createdBy": app.users.login,
        "version": found.version,
        "hasAcl": False,
        "isFolder": False,
        "folderUid": found.folder,
        "folderTitle": app.dashboards.folder_title(found.folder),
        "folderUrl": f"/dashboards/f/{found.folder}" if found.folder else "",
        "provisioned": bool(found.provider) and not (provider and provider.writable),
        "provisionedExternalId": external_id(found, provider) if found.provider else "",
    }
    return Answer({"meta": meta, "dashboard": found.document})


@route("POST", "/api/dashboards/db")
def save(app: App, request: Request) -> Answer:
    body = request.document()
    data = body.get("dashboard")
    if not isinstance(data, dict):
        raise Refused(400, "bad request data")
    if not isinstance(data.get("title"), str) or not data["title"].strip():
        raise Refused(400, "Dashboard title cannot be empty", status="empty-name")
    folder = str(body.get("folderUid") or "")
    if folder and folder not in {one["uid"] for one in app.dashboards.folders()}:
        raise Refused(400, "folder not found", status="not-found")
    with app.store.lock:
        saved = _saved(app, data, folder, bool(body.get("overwrite")))
    names = ("id", "uid", "url", "version", "slug")
    return Answer({**{name: getattr(saved, name) for name in names}, "status": "success", "folderUid": saved.folder})


def _saved(app: App, data: dict[str, Any], folder: str, overwrite: bool) -> Dashboard:
    old = app.dashboards.get(str(data.get("uid") or ""))
    provider = app.provisioning.provider(old.provider) if old else None
    if old and old.provider and not (provider and provider.writable):
        raise Refused(400, "Cannot save provisioned dashboard")
    if old and not overwrite and data.get("version") != old.version:
        raise Refused(412, "The dashboard has been changed by someone else", status="version-mismatch")
    return app.dashboards.save(data, folder, old)


@route("DELETE", "/api/dashboards/uid/:uid")
def delete(app: App, request: Request) -> Answer:
    found = _found(app, request)
    if found.provider:
        raise Refused(400, "provisioned dashboard cannot be deleted")
    app.dashboards.delete(found)
    return Answer({"title": found.title, "message": f"Dashboard {found.title} deleted", "uid": found.uid})


@route("GET", "/api/search")
def search(app: App, request: Request) -> Answer:
    text, kinds = request.one("query").lower(), request.query.get("type", [])
    rows = [_hit(app, one) for one in app.dashboards.all()] if "dash-folder" not in kinds else []
    if "dash-db" not in kinds:
        rows = [*map(_folder_hit, app.dashboards.folders()), *rows]
    folders_, uids = request.query.get("folderUIDs", []), request.query.get("dashboardUIDs", [])
    tags = set(request.query.get("tag", []))
    found = [
        row
        for row in sorted(rows, key=lambda row: (row["type"] == "dash-db", row["title"]))
        if text in row["title"].lower()
        and tags <= set(row["tags"])
        and (not folders_ or (row.get("folderUid") or "general") in folders_)
        and (not uids or row["uid"] in uids)
    ]
    limit, page = min(request.number("limit", 1000), _LONGEST_ANSWER), request.number("page", 1)
    if limit < 1 or page < 1:
        raise Refused(422, "Limit is above maximum allowed (5000), use page parameter to access hits beyond limit")
    return Answer(found[(page - 1) * limit : page * limit])


def _hit(app: App, one: Dashboard) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": one.id,
        "uid": one.uid,
        "orgId": 1,
        "title": one.title,
        "uri": f"db/{one.slug}",
        "url": one.url,
        "slug": "",
        "type": "dash-db",
        "tags": one.data.get("tags") or [],
        "isStarred": False,
        "sortMeta": 0,
        "isDeleted": False,
    }
    if one.folder:
        title = app.dashboards.folder_title(one.folder)
        row |= {"folderUid": one.folder, "folderTitle": title, "folderUrl": f"/dashboards/f/{one.folder}"}
    return row


def _folder_hit(folder: dict[str, Any]) -> dict[str, Any]:
    row = {key: folder[key] for key in ("id", "uid", "title")}
    row |= {"orgId": 1, "url": f"/dashboards/f/{folder['uid']}", "type": "dash-folder", "tags": []}
    return {**row, "folderUid": folder["parentUid"]} if "parentUid" in folder else row


def _found(app: App, request: Request) -> Dashboard:
    if found := app.dashboards.get(request.path["uid"]):
        return found
    raise Refused(404, "Dashboard not found")
