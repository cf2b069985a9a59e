# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders."""

from __future__ import annotations

import re
from typing import Any

from ..app import App
from ..errors import Refused
from .routing import Answer, Request, route

_MOST = 1000


@route("GET", "/api/folders")
def listing(app: App, request: Request) -> Answer:
    """Those at the top, or in the folder `parentUid`."""
    if unknown := sorted(set(request.query) - {"limit", "page", "parentUid", "permission"}):
        raise Refused(400, f"the double does not know the parameter {unknown[0]}")
    parent = request.one("parentUid")
    if parent:
        _found(app, parent)
    rows = [_row(one) for one in app.dashboards.folders() if one.get("parentUid", "") == parent]
    limit, page = request.number("limit", _MOST), request.number("page", 1)
    if limit < 1 or page < 1:
        raise Refused(400, "limit and page start with 1")
    rows.sort(key=lambda row: str(row["title"]))
    return Answer(rows[(page - 1) * limit : page * limit])


@route("POST", "/api/folders")
def make(app: App, request: Request) -> Answer:
    body = request.document()
    title, uid, parent = (body.get(key, "") for key in ("title", "uid", "parentUid"))
    if not all(isinstance(value, str) for value in (title, uid, parent)):
        raise Refused(400, "bad request data")
    if not title.strip():
        raise Refused(400, "folder title cannot be empty")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,40}", uid):
        raise Refused(400, "uid contains illegal characters")
    with app.store.lock:
        if parent:
            _found(app, parent)
        if uid in {one["uid"] for one in app.dashboards.folders()}:
            raise Refused(412, "the folder has been changed by someone else", status="version-mismatch")
        made = app.dashboards.make_folder(title, uid, parent)
    return Answer(_document(app, made["uid"]))


@route("GET", "/api/folders/:uid")
def get(app: App, request: Request) -> Answer:
    return Answer(_document(app, request.path["uid"]))


@route("GET", "/api/folders/:uid/counts")
def counts(app: App, request: Request) -> Answer:
    """What is in it at any depth; of library panels and alert rules the double has none."""
    uid = str(_found(app, request.path["uid"])["uid"])
    folders, boards = app.dashboards.within(uid)
    return Answer({"folder": len(folders), "dashboard": len(boards), "librarypanel": 0, "alertrule": 0})


@route("DELETE", "/api/folders/:uid")
def delete(app: App, request: Request) -> Answer:
    if request.one("forceDeleteRules", "false") not in ("true", "false"):
        raise Refused(400, "forceDeleteRules is not a boolean")
    with app.store.lock:
        found = _found(app, request.path["uid"])
        app.dashboards.delete_folder(str(found["uid"]))
    return Answer({"id": found["id"], "title": found["title"], "message": f"Folder {found['title']} deleted"})


def _found(app: App, uid: str) -> dict[str, Any]:
    if found := next((one for one in app.dashboards.folders() if one["uid"] == uid), None):
        return found
    raise Refused(404, "folder not found", status="not-found")


def _document(app: App, uid: str) -> dict[str, Any]:
    found = _found(app, uid)
    can = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canDelete"), True)
    return {**_row(found), **can, "url": f"/dashboards/f/{uid}", "hasAcl": False, "version": 1}


def _row(folder: dict[str, Any]) -> dict[str, Any]:
    return {**folder, "managedBy": ""}
