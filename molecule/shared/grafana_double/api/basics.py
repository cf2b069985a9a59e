# SPDX-License-Identifier: GPL-3.0-or-later
"""Health, organisation, the user, metrics, reloads of provisioning, and a page that says what this is."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from ..app import App
from ..errors import ProvisioningError, Refused
from .routing import Answer, Request, route

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Test double of Grafana</title></head>
<body><h1>A test double of Grafana {version}</h1>
<p>This is not Grafana and has no pages. It answers Grafana's HTTP API for the tests of aetherlink.monitoring.</p>
</body></html>
"""


@route("GET", "/", public=True)
def page(app: App, _request: Request) -> Answer:
    return Answer(_PAGE.format(version=app.release.version), content_type="text/html; charset=UTF-8")


@route("GET", "/api/health", public=True)
def health(app: App, _request: Request) -> Answer:
    return Answer({"database": "ok", "version": app.release.version, "commit": app.release.commit})


@route("GET", "/api/org")
def organisation(_app: App, _request: Request) -> Answer:
    address = dict.fromkeys(("address1", "address2", "city", "zipCode", "state", "country"), "")
    return Answer({"id": 1, "name": "Main Org.", "address": address})


@route("GET", "/api/user")
def user(app: App, request: Request) -> Answer:
    email = app.settings.text("security", "admin_email")
    return Answer({"id": 1, "login": request.login, "email": email, "name": "", "orgId": 1, "isGrafanaAdmin": True})


@route("PUT", "/api/user/password")
def password(app: App, request: Request) -> Answer:
    body = request.document()
    values = [body.get(key, "") for key in ("oldPassword", "newPassword", "confirmNew")]
    if not all(isinstance(value, str) for value in values):
        raise Refused(400, "bad request data")
    app.users.change_password(*values)
    return Answer({"message": "User password changed"})


@route("GET", "/metrics", public=True)
def metrics(app: App, request: Request) -> Answer:
    if not app.settings.flag("metrics", "enabled"):
        raise Refused(404, "Not found")
    wanted = [app.settings.text("metrics", f"basic_auth_{key}") for key in ("username", "password")]
    if all(wanted) and not hmac.compare_digest(request.login.encode(), ":".join(wanted).encode()):
        raise Refused(401, "Unauthorized")
    return Answer(app.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


@route("POST", "/api/admin/provisioning/dashboards/reload")
def reload_dashboards(app: App, _request: Request) -> Answer:
    return _reloaded(app.provisioning.reload_dashboards, "Dashboards config reloaded")


@route("POST", "/api/admin/provisioning/datasources/reload")
def reload_datasources(app: App, _request: Request) -> Answer:
    return _reloaded(app.provisioning.reload_datasources, "Datasources config reloaded")


def _reloaded(reload: Callable[[], None], message: str) -> Answer:
    try:
        reload()
    except ProvisioningError as error:
        # Grafana's message is "Internal Server Error", and the cause is in its log alone.
        raise Refused(500, str(error)) from None
    return Answer({"message": message})
