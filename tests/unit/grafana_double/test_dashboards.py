# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards out of files: what Grafana does when files come, change, go, are links, or are wrong."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Double, Make, dashboard, source


@pytest.fixture(scope="module")
def running(make_double: Make) -> Double:
    return make_double().start()


@pytest.fixture
def double(running: Double) -> Iterator[Double]:
    """Without a dashboard."""
    shutil.rmtree(running.dashboards)
    running.dashboards.mkdir()
    running.put_providers({"path": str(running.dashboards), "foldersFromFilesStructure": True})
    running.put_sources(source())
    assert running.reload("datasources").status_code == running.reload().status_code == 200
    for uid in running.uids():
        running.http.delete(f"/api/dashboards/uid/{uid}")
    yield running


def refusal(double: Double) -> str:
    answer = double.reload()
    assert answer.status_code == 500
    return str(answer.json()["message"])


def test_folders_come_from_directories(double: Double) -> None:
    double.put("root.json", dashboard("root"))
    double.put("Fleet/deeper/a.json", dashboard("a", "A", tags=["x"]))
    double.put(".hidden/b.json", dashboard("b"))
    double.put("notes.txt", "{")

    assert double.reload().json() == {"message": "Dashboards config reloaded"}

    meta = double.shown("a")["meta"]
    assert (meta["folderTitle"], meta["provisioned"], meta["version"]) == ("deeper", True, 1)
    assert meta["provisionedExternalId"] == "Fleet/deeper/a.json"
    assert double.shown("root")["meta"]["folderTitle"] == "General"
    assert meta["folderUid"] in {one["uid"] for one in double.get("/api/folders")}
    assert sorted(double.uids()) == ["a", "root"]


def test_only_what_changed_is_saved_again(double: Double) -> None:
    double.put("a.json", dashboard("a"))
    double.put("b.json", dashboard("b"))
    double.reload()
    number = double.shown("a")["dashboard"]["id"]

    double.put("a.json", dashboard("a", "new", id=99, version=77))
    double.reload()
    double.reload()

    shown = double.shown("a")["dashboard"]
    assert (shown["title"], shown["id"], shown["version"]) == ("new", number, 2)
    assert double.shown("b")["meta"]["version"] == 1


def test_a_file_that_goes_takes_its_dashboard_along_and_one_that_moves_makes_it_anew(double: Double) -> None:
    file = double.put("a.json", dashboard("a"))
    double.put("b.json", dashboard("b"))
    double.reload()
    number = double.shown("a")["dashboard"]["id"]

    (double.dashboards / "b.json").unlink()
    file.rename(double.dashboards / "c.json")
    double.reload()

    assert double.uids() == ["a"]
    assert double.shown("a")["dashboard"]["id"] > number
    assert double.http.get("/api/dashboards/uid/b").json() == {"message": "Dashboard not found"}


def test_a_farm_of_links_is_followed_when_current_switches(double: Double, tmp_path: Path) -> None:
    """As the collection lays it out: fixed links, each through `current`, which is switched with one rename."""
    home = tmp_path / "grafana"
    for release, title in (("0001", "old"), ("0002", "new")):
        (home / release / "Fleet").mkdir(parents=True)
        (home / release / "Fleet/a.json").write_text(json.dumps(dashboard("a", title)))
        (home / release / "Fleet/b.json").write_text(json.dumps(dashboard("b", "same")))
    (home / "links/Fleet").mkdir(parents=True)
    (home / "current").symlink_to("0001")
    for name in ("a.json", "b.json"):
        (home / "links/Fleet" / name).symlink_to(home / "current/Fleet" / name)
    (home / "entry").symlink_to("links")
    double.put_providers({"path": str(home / "entry"), "foldersFromFilesStructure": True})
    double.reload()
    numbers = {uid: double.shown(uid)["dashboard"]["id"] for uid in ("a", "b")}

    (home / "next").symlink_to("0002")
    os.replace(home / "next", home / "current")
    assert double.reload().status_code == 200

    shown = double.shown("a")
    assert (shown["dashboard"]["title"], shown["meta"]["version"]) == ("new", 2)
    assert (double.shown("b")["meta"]["version"], shown["meta"]["folderTitle"]) == (1, "Fleet")
    assert {uid: double.shown(uid)["dashboard"]["id"] for uid in ("a", "b")} == numbers


def test_a_provider_that_points_through_current_makes_everything_anew(double: Double, tmp_path: Path) -> None:
    """Why there is a farm of links: Grafana resolves the provider's path, so each release would be another path."""
    for release in ("0001", "0002"):
        (tmp_path / release).mkdir()
        (tmp_path / release / "a.json").write_text(json.dumps(dashboard("a")))
    (tmp_path / "current").symlink_to("0001")
    double.put_providers({"path": str(tmp_path / "current")})
    double.reload()
    number = double.shown("a")["dashboard"]["id"]

    (tmp_path / "next").symlink_to("0002")
    os.replace(tmp_path / "next", tmp_path / "current")
    double.reload()

    assert double.shown("a")["dashboard"]["id"] > number


def test_a_link_to_a_directory_is_not_followed(double: Double, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.json").write_text(json.dumps(dashboard("a")))
    (double.dashboards / "linked").symlink_to(tmp_path / "elsewhere")
    assert double.reload().status_code == 200
    assert double.uids() == []

    (double.dashboards / "linked.json").symlink_to(tmp_path / "elsewhere")
    assert "linked.json cannot be read: Is a directory" in refusal(double)
    (double.dashboards / "linked.json").unlink()
    (double.dashboards / "lost.json").symlink_to("nowhere")
    assert "lost.json cannot be read: No such file" in refusal(double)


def panel(uid: Any) -> dict[str, Any]:
    return {"id": 1, "type": "stat", "title": "P", "datasource": {"type": "prometheus", "uid": uid}}


def variable(name: str, kind: str) -> dict[str, Any]:
    return {"list": [{"name": name, "type": kind, "query": "prometheus"}]}


BAD: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "new.json is not JSON"),
    "no object": ("[]", "it is no JSON object"),
    "no title": ({"uid": "new"}, "Dashboard title cannot be empty"),
    "no uid": ({"title": "new"}, "the uid is not up to 40 letters"),
    "a long uid": (dashboard("x" * 41), "the uid is not up to 40 letters"),
    "schema v2": ({"apiVersion": "dashboard.grafana.app/v2", "spec": {}}, "is a dashboard of schema v2"),
    "a uid twice": (dashboard("old", "other"), "the same uid is used more than once: old"),
    "a title twice": (dashboard("new", "old"), "dashboard title is not unique in folder General: old"),
    "an unknown source": (dashboard("new", panels=[panel("nobody")]), "'P' refers to the data source nobody"),
    "an unknown variable": (
        dashboard("new", panels=[panel("$nobody")]),
        "refers to $nobody, which is no data source variable",
    ),
    "another variable": (
        dashboard("new", panels=[panel("${env}")], templating=variable("env", "custom")),
        "refers to ${env}, which is no data source variable",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_and_what_was_there_stays(double: Double, case: str) -> None:
    content, sentence = BAD[case]
    double.put("old.json", dashboard("old"))
    double.reload()
    double.put("old.json", dashboard("old", "changed" if case != "a title twice" else "old", tags=["x"]))
    double.put("new.json", content)

    assert sentence in refusal(double)

    assert double.uids() == ["old"]
    assert double.shown("old")["meta"]["version"] == 1  # writes are restricted as long as a file is wrong
    (double.dashboards / "new.json").unlink()
    assert double.reload().status_code == 200
    assert double.shown("old")["meta"]["version"] == 2


def test_data_sources_that_are_there_are_taken(double: Double) -> None:
    uids = ["prometheus", "-- Grafana --", "$datasource", "${datasource}"]
    panels = [{**panel(uid), "id": number} for number, uid in enumerate(uids, 1)]
    double.put("a.json", dashboard("a", panels=panels, templating=variable("datasource", "datasource")))

    assert double.reload().json() == {"message": "Dashboards config reloaded"}


def test_what_is_missing_goes_even_when_another_file_is_wrong(double: Double) -> None:
    """The order of Grafana, which a deploy has to know: deletions come first."""
    double.put("a.json", dashboard("a")).rename(double.dashboards / "old.json")
    double.reload()
    (double.dashboards / "old.json").unlink()
    double.put("new.json", "{")

    refusal(double)

    assert double.uids() == []


def test_a_directory_that_is_not_there_leaves_all_as_it_was(double: Double) -> None:
    double.put("a.json", dashboard("a"))
    double.reload()
    double.dashboards.rename(double.dashboards.with_name("away"))
    assert double.reload().status_code == 200
    double.dashboards.with_name("away").rename(double.dashboards)

    assert double.uids() == ["a"]


PROVIDERS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "an unknown key": ({"path": "/x"}, {"allowUIUpdates": True}, "is allowUiUpdates meant?"),
    "an unknown option": ({"path": "/x", "folder": "y"}, {}, "options: folder is not a known key"),
    "a wrong type": ({"path": "/x"}, {"disableDeletion": 1}, "disableDeletion is not true or false"),
    "folder with structure": ({"path": "/x", "foldersFromFilesStructure": True}, {"folder": "F"}, "should be empty"),
    "another type": ({"path": "/x"}, {"type": "git"}, "type git is not supported"),
    "a relative path": ({"path": "x"}, {}, "path is not absolute"),
    "no path": ({}, {}, "options: path is missing"),
    "a name twice": ({"path": "/x"}, {"name": "p0"}, "dashboard name 'p0' is not unique"),
}


@pytest.mark.parametrize("case", PROVIDERS)
def test_bad_providers_are_refused(double: Double, case: str) -> None:
    options, more, sentence = PROVIDERS[case]
    double.put_providers(options, {"path": "/y"}, **more)

    assert sentence in refusal(double)


def test_a_provider_that_goes_takes_its_dashboards_along(double: Double, tmp_path: Path) -> None:
    double.put("a.json", dashboard("a"))
    double.put_providers({"path": str(tmp_path)}, {"path": str(double.dashboards)}, folder="Fixed")
    double.reload()
    assert double.shown("a")["meta"]["folderTitle"] == "Fixed"

    double.put_providers({"path": str(tmp_path)})
    double.reload()
    assert double.uids() == []


def test_a_provider_may_keep_what_is_missing_and_let_the_page_save(double: Double) -> None:
    file = double.put("a.json", dashboard("a"))
    double.put_providers({"path": str(double.dashboards)}, disableDeletion=True, allowUiUpdates=True)
    double.reload()
    assert double.shown("a")["meta"]["provisioned"] is False  # as Grafana says it where the page may save
    edited = {**double.shown("a")["dashboard"], "title": "edited"}
    assert double.http.post("/api/dashboards/db", json={"dashboard": edited}).json()["version"] == 2
    double.reload()
    assert double.shown("a")["dashboard"]["title"] == "edited"

    file.unlink()
    double.reload()
    assert double.shown("a")["meta"]["provisionedExternalId"] == ""


def test_files_are_looked_at_by_themselves(double: Double) -> None:
    double.put_providers({"path": str(double.dashboards)}, updateIntervalSeconds=1)
    double.reload()
    double.put("a.json", dashboard("a"))

    deadline = time.monotonic() + 5
    while not double.uids() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert double.uids() == ["a"]


def test_versions_and_ids_outlive_a_restart(make_double: Make) -> None:
    double = make_double()
    double.put("F/a.json", dashboard("a"))
    before = double.start().shown("a")
    double.stop()

    after = double.start().shown("a")

    assert (after["dashboard"], after["meta"]["folderUid"]) == (before["dashboard"], before["meta"]["folderUid"])
