# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders: those of files and those of the page, what is in them, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import Double, Make, dashboard


@pytest.fixture(scope="module")
def running(make_double: Make) -> Double:
    return make_double().start()


@pytest.fixture
def double(running: Double) -> Iterator[Double]:
    running.put("Fleet/a.json", dashboard("a"))
    assert running.reload().status_code == 200
    yield running
    (running.dashboards / "Fleet/a.json").unlink(missing_ok=True)
    assert running.reload().status_code == 200
    for folder in running.get("/api/folders"):
        assert running.http.delete(f"/api/folders/{folder['uid']}").status_code == 200


def uid_of(double: Double, title: str) -> str:
    (uid,) = (one["uid"] for one in double.get("/api/folders") if one["title"] == title)
    return str(uid)


def make(double: Double, **folder: str) -> dict[str, Any]:
    answer = double.http.post("/api/folders", json=folder)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_folder_stays_when_its_last_dashboard_goes(double: Double) -> None:
    fleet = uid_of(double, "Fleet")
    assert double.get(f"/api/folders/{fleet}/counts")["dashboard"] == 1

    (double.dashboards / "Fleet/a.json").unlink()
    assert double.reload().status_code == 200

    empty = {"folder": 0, "dashboard": 0, "librarypanel": 0, "alertrule": 0}
    assert double.get(f"/api/folders/{fleet}/counts") == empty


def test_what_is_deeper_counts_too_and_is_listed_in_its_folder(double: Double) -> None:
    fleet = uid_of(double, "Fleet")
    sub = make(double, title="Sub", parentUid=fleet)["uid"]
    body = {"dashboard": dashboard("mine", "Mine"), "folderUid": sub}
    assert double.http.post("/api/dashboards/db", json=body).status_code == 200

    counts = double.get(f"/api/folders/{fleet}/counts")
    assert (counts["folder"], counts["dashboard"]) == (1, 2)
    assert [one["title"] for one in double.get("/api/folders")] == ["Fleet"]
    assert [one["uid"] for one in double.get("/api/folders", parentUid=fleet)] == [sub]
    found = double.get("/api/search", folderUIDs=fleet)
    assert [one["title"] for one in found] == ["Sub", "a"]


def test_a_folder_goes_with_all_that_is_in_it(double: Double) -> None:
    fleet = uid_of(double, "Fleet")
    sub = make(double, title="Sub", parentUid=fleet)["uid"]

    answer = double.http.delete(f"/api/folders/{fleet}")

    assert answer.json()["message"] == "Folder Fleet deleted"
    assert double.uids() == []
    assert double.http.get(f"/api/folders/{sub}").status_code == 404


def test_a_folder_in_another_one_is_not_the_one_of_a_directory(double: Double) -> None:
    make(double, title="Mine", parentUid=uid_of(double, "Fleet"))
    file = double.put("Mine/b.json", dashboard("b"))
    assert double.reload().status_code == 200

    assert double.shown("b")["meta"]["folderUid"] == uid_of(double, "Mine")
    file.unlink()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/folders/none", None, 404),
        ("GET", "/api/folders/none/counts", None, 404),
        ("DELETE", "/api/folders/none", None, 404),
        ("DELETE", "/api/folders/none?forceDeleteRules=yes", None, 400),
        ("GET", "/api/folders?folderUid=x", None, 400),
        ("GET", "/api/folders?parentUid=none", None, 404),
        ("GET", "/api/folders?limit=0", None, 400),
        ("POST", "/api/folders", {"title": " "}, 400),
        ("POST", "/api/folders", {"title": 1}, 400),
        ("POST", "/api/folders", {"title": "T", "uid": "a b"}, 400),
        ("POST", "/api/folders", {"title": "T", "parentUid": "none"}, 404),
    ],
)
def test_what_is_wrong_is_refused(double: Double, method: str, path: str, body: Any, status: int) -> None:
    assert double.http.request(method, path, json=body).status_code == status


def test_a_uid_is_given_once(double: Double) -> None:
    make(double, title="One", uid="one")

    assert double.http.post("/api/folders", json={"title": "Two", "uid": "one"}).status_code == 412
