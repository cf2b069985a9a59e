# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources and dashboards out of files, as a real Grafana was seen to take them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Double, dashboard, source


@pytest.fixture(autouse=True)
def empty(running: Double) -> Iterator[None]:
    yield
    shutil.rmtree(running.root / "dashboards")
    (running.root / "dashboards").mkdir()
    running.provision("dashboards", {"providers": [running.provider(running.root / "dashboards")]})
    running.sources(source(), deleteDatasources=[{"name": name} for name in ("Second", "Third")])
    assert running.reload("datasources")[0] == running.reload()[0] == 200


def names(double: Double) -> dict[str, str]:
    return {one["name"]: one["uid"] for one in double.get("/api/datasources")}


def test_data_sources_are_made_changed_and_deleted_by_name(running: Double) -> None:
    running.sources(source(isDefault=True), source("Second", "second"))
    assert running.reload("datasources") == (200, "Datasources config reloaded")
    assert names(running) == {"Prometheus": "prometheus", "Second": "second"}

    again = source("Second", "again", url="http://127.0.0.1:10")
    running.sources(again, deleteDatasources=[{"name": "Second"}, {"name": "never there"}])
    running.reload("datasources")

    assert names(running) == {"Prometheus": "prometheus", "Second": "again"}, "what no file names stays"
    assert running.get("/api/datasources/uid/again")["url"] == "http://127.0.0.1:10"
    assert running.http.get("/api/datasources/uid/second").status_code == 404


def test_what_comes_before_a_bad_entry_stays_and_the_cause_is_in_the_log_alone(running: Double) -> None:
    running.sources(source("Second", "second"), source("Third", "prometheus"))

    assert running.reload("datasources") == (500, "Internal Server Error")
    assert names(running) == {"Prometheus": "prometheus", "Second": "second"}


def test_two_defaults_are_refused_before_anything_changes(running: Double) -> None:
    running.sources(source("Second", "second", isDefault=True), source("Third", "third", isDefault=True))

    assert running.reload("datasources")[0] == 500
    assert names(running) == {"Prometheus": "prometheus"}


def test_environment_and_files_are_filled_in_and_a_files_content_once_more(running: Double, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("word$NAMED\n")
    texts = {"url": f"http://$__file{{{tmp_path}/secret}}", "basicAuthUser": "${NAMED}", "jsonData": {"a": "b$$c"}}
    running.sources(source("Second", "second", **texts))
    assert running.reload("datasources")[0] == 200

    found = running.get("/api/datasources/uid/second")
    assert found["url"] == "http://wordfrom the environment"
    assert (found["basicAuthUser"], found["jsonData"]) == ("from the environment", {"a": "b$c"})


def test_a_file_that_is_no_yaml_or_names_a_lost_file_fails_the_reload(running: Double) -> None:
    for text in ("datasources: [", "{datasources: [{name: S, type: prometheus, url: $__file{/nowhere}}]}"):
        running.provision("datasources", text)
        assert running.reload("datasources") == (500, "Internal Server Error")


def test_dashboards_are_made_changed_and_deleted_and_others_are_untouched(running: Double) -> None:
    running.put("Team/a.json", dashboard("a"))
    b = running.put("b.json", dashboard("b"))
    assert running.reload() == (200, "Dashboards config reloaded")
    before = running.get("/api/dashboards/uid/a")
    assert before["meta"]["provisioned"] and before["meta"]["folderTitle"] == "Team"
    assert running.get("/api/dashboards/uid/b")["meta"]["folderTitle"] == "General"

    running.put("b.json", dashboard("b", "Renamed"))
    running.reload()
    changed = running.get("/api/dashboards/uid/b")["dashboard"]
    assert (changed["title"], changed["version"]) == ("Renamed", 2)
    b.unlink()
    running.reload()

    assert running.uids() == {"a"}
    assert running.get("/api/dashboards/uid/a") == before


def test_broken_files_are_passed_over_and_the_others_saved(running: Double) -> None:
    running.put("broken.json", "{")
    running.put("untitled.json", {"uid": "untitled"})
    running.put("first.json", dashboard("same", "First"))
    running.put("second.json", dashboard("same", "Second"))
    running.put("good.json", dashboard("good"))

    assert running.reload()[0] == 200
    assert running.uids() == {"same", "good"}
    assert running.get("/api/dashboards/uid/same")["dashboard"]["title"] == "First"


@pytest.mark.parametrize("name", ["General", "general"])
def test_a_folder_general_fails_the_reload(running: Double, name: str) -> None:
    running.put(f"{name}/a.json", dashboard("a"))

    assert running.reload() == (500, "Internal Server Error")


def test_links_keep_their_dashboard_when_what_they_lead_to_switches(running: Double, tmp_path: Path) -> None:
    for release in ("one", "two"):
        (tmp_path / release).mkdir()
        (tmp_path / release / "a.json").write_text(json.dumps(dashboard("a", release)))
    (tmp_path / "current").symlink_to("one")
    (running.root / "dashboards/a.json").symlink_to(tmp_path / "current/a.json")
    running.reload()
    first = running.get("/api/dashboards/uid/a")["dashboard"]

    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("two")
    running.reload()

    second = running.get("/api/dashboards/uid/a")["dashboard"]
    assert (first["title"], second["title"], second["id"]) == ("one", "two", first["id"])


def test_a_directory_that_is_not_there_keeps_its_dashboards_and_a_provider_that_goes_takes_them(
    running: Double,
) -> None:
    running.put("a.json", dashboard("a"))
    running.reload()
    (running.root / "dashboards").rename(running.root / "away")
    assert running.reload()[0] == 200
    assert running.uids() == {"a"}
    (running.root / "away").rename(running.root / "dashboards")

    running.provision("dashboards", {"providers": []})
    running.reload()

    assert running.uids() == set()


def test_files_are_looked_at_again_by_themselves(running: Double) -> None:
    provider = running.provider(running.root / "dashboards", updateIntervalSeconds=1)
    running.provision("dashboards", {"providers": [provider]})
    running.reload()

    running.put("a.json", dashboard("a"))

    deadline = time.monotonic() + 5
    while not running.uids() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running.uids() == {"a"}
