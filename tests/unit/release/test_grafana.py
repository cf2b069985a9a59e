# SPDX-License-Identifier: GPL-3.0-or-later
"""Grafana's own word: its data sources, the version of each dashboard, its reload, and whose password it has."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.grafana_probe import (
    REMOVED,
    removed_datasources,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.health_probe import HealthCheck, HealthProbe
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.store import Release

SOURCE = {"name": "Prometheus", "uid": "prometheus", "url": "http://127.0.0.1:9090"}


def board(uid: str, revision: str) -> dict[str, Any]:
    variable = {"name": "aether_revision", "type": "constant", "query": revision}
    return {"uid": uid, "title": uid, "templating": {"list": [{"name": "env"}, variable]}}


@dataclass
class DoubleOfGrafana:
    """Its API as far as a deploy asks it. What is reloaded is what the test has put into `next`."""

    password: str = "first-password"
    sources: dict[str, dict[str, str]] = field(default_factory=lambda: {"prometheus": SOURCE})
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    next: dict[str, dict[str, Any]] = field(default_factory=dict)
    health: int = 200
    refuses: str = ""
    folders: dict[str, dict[str, int]] = field(default_factory=dict)  # by title, what there is in each
    asked: list[str] = field(default_factory=list)
    url: str = ""
    failed_logins: int = 0

    def answer(self, method: str, path: str, authorization: str, body: Any) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if path == "/api/health":
            return 200, {"database": "ok"}
        if authorization != "Basic " + base64.b64encode(f"admin:{self.password}".encode()).decode():
            self.failed_logins += 1
            return 401, {"message": "Invalid username or password"}
        if path.startswith("/api/folders"):
            return self._folder(method, path)
        return self._change(path, body) if method in ("POST", "PUT") else self._shown(path)

    def _folder(self, method: str, path: str) -> tuple[int, Any]:
        if path == "/api/folders?limit=1000":
            return 200, [{"uid": f"uid-of-{title}", "title": title} for title in self.folders]
        title = path.removeprefix("/api/folders/uid-of-").removesuffix("/counts")
        if title not in self.folders:
            return 404, {"message": "folder not found"}
        if method == "DELETE" and self.refuses:
            return 403, {"message": self.refuses}
        return 200, self.folders.pop(title) if method == "DELETE" else self.folders[title]

    def _change(self, path: str, body: Any) -> tuple[int, Any]:
        if path == "/api/user/password":
            self.password = body["newPassword"]
        elif self.refuses:
            return 500, {"message": self.refuses}
        else:
            self.boards = dict(self.next)
        return 200, {"message": "done"}

    def _shown(self, path: str) -> tuple[int, Any]:
        *_, kind, uid = path.removesuffix("/health").split("/")
        assert kind == "uid"
        found = (self.sources if "datasources" in path else self.boards).get(uid)
        if found is None:
            return 404, {"message": "not found"}
        if path.endswith("/health"):
            good = {"status": "OK", "message": "Successfully queried the Prometheus API."}
            return self.health, good if self.health == 200 else {"message": "connection refused", "status": "ERROR"}
        return 200, {"type": "prometheus", **found} if "datasources" in path else {"dashboard": found, "meta": {}}


@pytest.fixture
def grafana() -> Iterator[DoubleOfGrafana]:
    double = DoubleOfGrafana()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            authorization = self.headers.get("Authorization", "")
            status, answer = double.answer(self.command, self.path, authorization, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        double.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield double
        server.shutdown()


@pytest.fixture
def probe(grafana: DoubleOfGrafana) -> HealthProbe:
    spec = {"url": grafana.url, "user": "admin", "password_file": "secrets/admin_password", "datasources": [SOURCE]}
    return HealthProbe(HealthCheck(ready_url=f"{grafana.url}/api/health", grafana=spec))


def release(root: Path, name: str, password: str = "first-password", **boards: str) -> Release:  # noqa: S107 - a double's
    path = root / name
    (path / "etc/secrets").mkdir(parents=True)
    (path / "etc/secrets/admin_password").write_text(password)
    (path / "etc/dashboards/Fleet").mkdir(parents=True)
    for uid, revision in boards.items():
        (path / f"etc/dashboards/Fleet/{uid}.json").write_text(json.dumps(board(uid, revision)))
    return Release(path, {})


def test_it_is_loaded_when_it_shows_the_releases_dashboards(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    grafana.boards = {"fleet": board("fleet", "r1")}

    look = probe.check(release(tmp_path, "0001-aaaaaaaa", fleet="r1"))

    assert (look.ready, look.loaded, look.trouble) == (True, True, "")


@pytest.mark.parametrize(
    ("harm", "trouble"),
    [
        ({"boards": {}}, "the dashboard fleet is not there"),
        ({"boards": {"fleet": board("fleet", "r0")}}, "the dashboard fleet is still another version"),
        ({"sources": {}}, "the data source Prometheus is not there"),
        (
            {"sources": {"prometheus": {**SOURCE, "url": "http://old"}}},
            "the data source Prometheus is still another one",
        ),
        ({"health": 400}, "the data source Prometheus does not work: .*connection refused"),
    ],
)
def test_what_it_does_not_show_is_the_trouble(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path, harm: dict[str, Any], trouble: str
) -> None:
    grafana.boards = {"fleet": board("fleet", "r1")}
    for name, value in harm.items():
        setattr(grafana, name, value)

    look = probe.check(release(tmp_path, "0001-aaaaaaaa", fleet="r1"))

    assert look.ready and not look.loaded
    assert re.search(trouble, look.trouble), look.trouble


def test_a_plugin_without_a_health_check_is_no_trouble(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    grafana.sources = {"prometheus": {**SOURCE, "type": "alertmanager"}}
    grafana.health = 404

    assert probe.check(release(tmp_path, "0001-aaaaaaaa")).loaded


def test_what_left_has_to_be_gone(grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path) -> None:
    first = release(tmp_path, "0001-aaaaaaaa", fleet="r1", backlog="r1")
    old = {"name": "Loki", "uid": "loki", "url": "http://loki"}
    (first.path / "release.json").write_text(json.dumps({"health_check": {"grafana": {"datasources": [old]}}}))
    second = release(tmp_path, "0002-bbbbbbbb", fleet="r1")
    grafana.boards = {uid: board(uid, "r1") for uid in ("fleet", "backlog")}
    grafana.sources["loki"] = old

    assert probe.check(second).trouble == "the data source Loki is still there"
    del grafana.sources["loki"]
    assert probe.check(second).trouble == "the dashboard backlog is still there"
    del grafana.boards["backlog"]
    assert probe.check(second).loaded


def in_folder(release: Release, folder: str, uid: str) -> Release:
    path = release.path / f"etc/dashboards/{folder}/{uid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(board(uid, "r1")))
    return release


def test_a_folder_that_left_and_is_empty_is_removed(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    older = in_folder(release(tmp_path, "0001-aaaaaaaa"), "Of a person", "c")
    first = in_folder(in_folder(release(tmp_path, "0002-aaaaaaaa"), "Old/Deeper", "b"), "Old", "a")
    second = release(tmp_path, "0003-bbbbbbbb", fleet="r1")
    grafana.boards = {"fleet": board("fleet", "r1")}
    nothing = {"folder": 0, "dashboard": 0, "librarypanel": 0, "alertrule": 0}
    grafana.folders = dict.fromkeys(("Fleet", "Deeper", "Old", "Of a person"), nothing)
    assert probe.check(second).loaded, "it is no reason against a release"

    assert probe.tidy(second, first) == ""

    assert set(grafana.folders) == {"Fleet", "Of a person"}, f"that of {older.id} was left long ago"


@pytest.mark.parametrize("what", ["folder", "dashboard", "librarypanel", "alertrule", "of.a.later.version"])
def test_a_folder_with_anything_in_it_stays(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path, what: str
) -> None:
    first = in_folder(release(tmp_path, "0001-aaaaaaaa"), "Old", "a")
    grafana.folders = {"Old": {"dashboard": 0, what: 1}}

    assert probe.tidy(release(tmp_path, "0002-bbbbbbbb"), first) == ""

    assert set(grafana.folders) == {"Old"}


def test_where_no_folder_left_none_is_asked_about(grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path) -> None:
    first = release(tmp_path, "0001-aaaaaaaa", fleet="r1")

    assert probe.tidy(release(tmp_path, "0002-bbbbbbbb", fleet="r1"), first) == ""

    assert not [asked for asked in grafana.asked if "folders" in asked]


def test_a_folder_that_grafana_does_not_remove_is_told(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    first = in_folder(release(tmp_path, "0001-aaaaaaaa"), "Old", "a")
    grafana.folders, grafana.refuses = {"Old": {"dashboard": 0}}, "the folder is locked"

    sentence = probe.tidy(release(tmp_path, "0002-bbbbbbbb"), first)

    assert "does not remove a folder that is empty: " in sentence and "the folder is locked" in sentence


def test_a_reload_is_asked_for_over_its_api_and_told_by_the_stamp(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    second = release(tmp_path, "0002-bbbbbbbb", fleet="r2")
    grafana.next = {"fleet": board("fleet", "r2")}
    before = probe.check(second)

    assert probe.reload_over_api(second)

    after = probe.check(second)
    assert (before.loaded, after.loaded) == (False, True)
    assert before.stamp != after.stamp
    reloads = [asked for asked in grafana.asked if asked.endswith("/reload")]
    assert reloads == [
        "POST /api/admin/provisioning/datasources/reload",
        "POST /api/admin/provisioning/dashboards/reload",
    ]


def test_a_refused_reload_is_told_with_grafanas_own_cause(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    grafana.refuses = "the dashboard's title is empty"

    with pytest.raises(ReleaseError, match=r"grafana refused the new configuration: .*the dashboard's title is empty"):
        probe.reload_over_api(release(tmp_path, "0001-aaaaaaaa"))


def test_a_new_password_is_given_to_grafana_with_that_of_an_earlier_release(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    first = release(tmp_path, "0001-aaaaaaaa")
    second = release(tmp_path, "0002-bbbbbbbb", password="second-password")

    probe.sync_admin_password(second, [first])

    assert grafana.password == "second-password"
    assert probe.check(second).loaded
    assert not grafana.failed_logins


def test_a_password_that_nobody_knows_is_asked_with_once_and_told(
    grafana: DoubleOfGrafana, probe: HealthProbe, tmp_path: Path
) -> None:
    grafana.password = "somebody-has-changed-it"
    first = release(tmp_path, "0001-aaaaaaaa")

    look = probe.check(first)

    assert look.locked and not look.loaded
    assert "if somebody changed the password in Grafana" in look.trouble
    assert len([asked for asked in grafana.asked if "/api/health" not in asked]) == 1  # five lock everybody out
    assert not probe.sync_admin_password(first, [first])


def test_what_left_the_inventory_is_told_to_be_forgotten(tmp_path: Path) -> None:
    def with_sources(name: str, *sources: dict[str, str]) -> Release:
        (tmp_path / name).mkdir()
        meta = {"health_check": {"grafana": {"datasources": list(sources)}}}
        (tmp_path / name / "release.json").write_text(json.dumps(meta))
        return Release(tmp_path / name, meta)

    old = with_sources("0001-aaaaaaaa", SOURCE, {"name": "Loki", "uid": "loki", "url": "http://loki"})
    moved = with_sources("0002-bbbbbbbb", {**SOURCE, "uid": "other"})

    text = removed_datasources([SOURCE], [old, moved])[REMOVED]

    # Prometheus had another uid, which Grafana refuses to change: it is deleted by its name and made anew.
    assert [source["name"] for source in json.loads(text)["deleteDatasources"]] == ["Loki", "Prometheus"]
    assert json.loads(removed_datasources([SOURCE], [])[REMOVED])["deleteDatasources"] == []
