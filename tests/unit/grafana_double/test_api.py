# SPDX-License-Identifier: GPL-3.0-or-later
"""The rest of the API: logins, the password, search, saving, annotations, metrics."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import PASSWORD, SHARED, Double, Make, dashboard


@pytest.fixture(scope="module")
def double(make_double: Make) -> Double:
    made = make_double()
    made.put("Fleet/a.json", dashboard("a", "Fleet Health", tags=["x", "y"]))
    made.put("b.json", dashboard("b", "Detail", tags=["x"]))
    return made.start()


def test_nobody_gets_in_without_the_right_login(make_double: Make) -> None:
    double = make_double().start()
    url, auth = f"http://127.0.0.1:{double.port}", ("admin", "wrong")
    for path in ("/api/org", "/api/search", "/api/datasources", "/api/nowhere"):
        assert httpx.get(url + path, trust_env=False).json()["message"] == "Unauthorized"
    for _ in range(5):
        answer = httpx.get(f"{url}/api/org", auth=auth, trust_env=False)
        assert (answer.status_code, answer.json()["message"]) == (401, "Invalid username or password")
    assert double.http.get("/api/health").status_code == 200

    # Five failures, and the right password is refused too, as Grafana does for five minutes.
    assert double.http.get("/api/org").status_code == 401
    double.stop()
    assert double.start().http.get("/api/org").status_code == 401


def test_five_wrong_logins_of_the_admin_within_five_minutes_lock_out_the_right_password_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grafana_double import users
    from grafana_double.settings.load import load
    from grafana_double.store import Store

    now = 1_795_000_000.0
    monkeypatch.setattr(users.time, "time", lambda: now)
    (tmp_path / "grafana.ini").write_text(f"[security]\nadmin_password = {PASSWORD}\n")
    (tmp_path / "conf").mkdir()
    shutil.copy(SHARED / "grafana_double/defaults.ini", tmp_path / "conf")
    store = Store(tmp_path / "grafana.db", False)
    admin = users.Users(store, load(tmp_path, tmp_path / "grafana.ini", []))
    for _ in range(4):
        assert not admin.let_in("admin", "wrong")
        now += 60
    assert admin.let_in("admin", PASSWORD)  # which forgives none of the four

    assert not admin.let_in("Admin", "wrong")
    assert not admin.let_in("admin", PASSWORD)
    now += 59
    assert not admin.let_in("admin", PASSWORD)
    now += 1  # the first of the five is five minutes ago
    assert admin.let_in("admin", PASSWORD)
    store.close()


def test_the_password_of_the_settings_is_that_of_the_first_start_only(make_double: Make) -> None:
    double = make_double().start()
    change = {"oldPassword": PASSWORD, "newPassword": "second-password", "confirmNew": "second-password"}
    for bad, status in (({"oldPassword": "x"}, 401), ({"confirmNew": "x"}, 400)):
        assert double.http.put("/api/user/password", json={**change, **bad}).status_code == status
    short = {**change, "newPassword": "abc", "confirmNew": "abc"}
    assert double.http.put("/api/user/password", json=short).json() == {"message": "New password is too short"}
    assert double.http.put("/api/user/password", json=change).json() == {"message": "User password changed"}
    assert double.http.get("/api/org").status_code == 401
    double.stop()
    double.ini["security"]["admin_password"] = "third-password"
    double.start()

    double.http.auth = httpx.BasicAuth("admin", "second-password")
    assert double.get("/api/org")["name"] == "Main Org."
    assert "second-password" not in (double.root / "data/grafana.db").read_bytes().decode(errors="replace")


@pytest.mark.parametrize(
    ("query", "uids"),
    [
        ({"type": "dash-db"}, ["b", "a"]),
        ({"type": "dash-db", "query": "fleet"}, ["a"]),
        ({"type": "dash-db", "tag": ["x", "y"]}, ["a"]),
        ({"type": "dash-db", "folderUIDs": "general"}, ["b"]),
        ({"type": "dash-db", "dashboardUIDs": "b"}, ["b"]),
        ({"type": "dash-db", "limit": 1, "page": 2}, ["a"]),
        ({"type": "dash-db", "limit": 1, "page": 3}, []),
    ],
)
def test_search(double: Double, query: dict[str, Any], uids: list[str]) -> None:
    assert [row["uid"] for row in double.get("/api/search", **query)] == uids


def test_search_tells_where_a_dashboard_is(double: Double) -> None:
    (folder,) = double.get("/api/search", type="dash-folder")
    (row,) = double.get("/api/search", folderUIDs=folder["uid"])

    assert (row["title"], row["folderTitle"], row["url"]) == ("Fleet Health", "Fleet", "/d/a/fleet-health")
    assert [one["uid"] for one in double.get("/api/folders")] == [folder["uid"]]


def test_a_dashboard_from_a_file_is_not_saved_nor_deleted_by_the_page(double: Double) -> None:
    answer = double.http.post(
        "/api/dashboards/db", json={"dashboard": double.shown("a")["dashboard"], "overwrite": True}
    )
    assert (answer.status_code, answer.json()) == (400, {"message": "Cannot save provisioned dashboard"})
    assert double.http.delete("/api/dashboards/uid/a").status_code == 400
    assert double.shown("a")["meta"]["version"] == 1


def test_a_dashboard_of_the_page_is_saved_changed_and_deleted(double: Double) -> None:
    def save(**changes: Any) -> httpx.Response:
        return double.http.post("/api/dashboards/db", json={"dashboard": dashboard("mine", "Mine", **changes)})

    assert (save().json()["version"], save().status_code) == (1, 412)
    assert save(version=1).json()["version"] == 2
    assert double.shown("mine")["meta"]["provisioned"] is False
    assert double.reload().status_code == 200
    assert double.http.post("/api/dashboards/db", json={"dashboard": {"title": " "}}).status_code == 400
    assert double.http.delete("/api/dashboards/uid/mine").json()["title"] == "Mine"
    assert double.http.get("/api/dashboards/uid/mine").status_code == 404


def test_annotations(double: Double) -> None:
    ms = 1_795_000_000_000

    def add(**fields: Any) -> httpx.Response:
        return double.http.post("/api/annotations", json={"text": "deployed", **fields})

    first = add(time=ms, tags=["deploy", "prod"]).json()
    second = add(time=ms + 5000, timeEnd=ms + 9000, tags=["deploy"], dashboardUID="a").json()
    assert (first["message"], second["id"]) == ("Annotation added", first["id"] + 1)

    def found(**query: Any) -> list[int]:
        return [one["id"] - first["id"] for one in double.get("/api/annotations", **query)]

    assert found(tags="deploy") == [1, 0]
    assert found(tags=["deploy", "prod"]) == [0]
    assert found(tags=["prod", "x"], matchAny="true") == [0]
    assert (found(dashboardUID="a"), found(to=ms + 100), found(**{"from": ms + 6000})) == ([1], [0], [1])
    assert found(limit=1) == [1]
    for bad in ({"text": ""}, {"time": 1_795_000_000}, {"tags": "x"}, {"dashboardUid": "a"}):
        assert add(**bad).status_code == 400
    assert add(dashboardUID="nobody").status_code == 404
    for number in (first["id"], second["id"]):
        assert double.http.delete(f"/api/annotations/{number}").json() == {"message": "Annotation deleted"}
    assert double.http.delete(f"/api/annotations/{first['id']}").status_code == 404


def test_metrics_have_grafanas_names(double: Double) -> None:
    double.http.get("/api/nowhere")
    text = httpx.get(f"http://127.0.0.1:{double.port}/metrics", trust_env=False).text

    assert re.search(r'^grafana_build_info\{.*version="13.0.1"\} 1$', text, re.M)
    series = 'grafana_http_request_duration_seconds_count{handler="notfound",method="GET",status_code="404"} 1'
    assert series in text


def test_metrics_may_have_a_login_of_their_own(make_double: Make) -> None:
    double = make_double()
    double.ini["metrics"] = {"basic_auth_username": "prometheus", "basic_auth_password": "scrape"}
    double.start()

    assert double.http.get("/metrics").status_code == 401
    assert double.http.get("/metrics", auth=("prometheus", "scrape")).status_code == 200


@pytest.mark.parametrize("content", ["", "[]", "{", '"x"'])
def test_a_body_that_is_no_object_is_refused(double: Double, content: str) -> None:
    for path in ("/api/dashboards/db", "/api/annotations", "/api/ds/query"):
        assert double.http.post(path, content=content).json()["message"] == "bad request data"
