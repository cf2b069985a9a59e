# SPDX-License-Identifier: GPL-3.0-or-later
"""The double's API beside provisioning: people's dashboards, folders, queries, HTTPS, what it is packed into."""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..conftest import Answer, LoopbackServer
from .conftest import PASSWORD, Double, Make, dashboard, source


def test_a_person_saves_and_deletes_a_dashboard_but_no_provisioned_one(running: Double) -> None:
    running.put("Team/a.json", dashboard("a"))
    running.reload()
    folder = running.get("/api/dashboards/uid/a")["meta"]["folderUid"]

    made = running.http.post("/api/dashboards/db", json={"dashboard": {"title": "Mine"}, "folderUid": folder}).json()
    stale = {"dashboard": {"title": "Mine", "uid": made["uid"], "version": 7}}
    assert running.http.post("/api/dashboards/db", json=stale).status_code == 412
    assert running.http.post("/api/dashboards/db", json={**stale, "overwrite": True}).json()["version"] == 2
    assert running.http.post("/api/dashboards/db", json={"dashboard": dashboard("a")}).status_code == 400
    assert running.http.delete("/api/dashboards/uid/a").status_code == 400
    assert running.http.delete(f"/api/dashboards/uid/{made['uid']}").status_code == 200
    assert running.http.delete(f"/api/dashboards/uid/{made['uid']}").status_code == 404


def test_a_folder_stays_when_it_is_empty_and_goes_with_what_is_in_it(running: Double) -> None:
    file = running.put("Empty/b.json", dashboard("b"))
    running.reload()
    (uid,) = (one["uid"] for one in running.get("/api/folders") if one["title"] == "Empty")
    assert running.get(f"/api/folders/{uid}/counts")["dashboard"] == 1

    file.unlink()
    running.reload()
    assert running.get(f"/api/folders/{uid}/counts")["dashboard"] == 0
    running.http.post("/api/dashboards/db", json={"dashboard": {"title": "In it"}, "folderUid": uid})
    assert running.http.delete(f"/api/folders/{uid}").status_code == 200

    assert uid not in {one["uid"] for one in running.get("/api/folders")}
    assert "In it" not in {one["title"] for one in running.get("/api/search")}


@pytest.mark.parametrize("path", ["/api/org", "/api/search", "/api/admin/settings"])
def test_nobody_gets_in_without_a_login(running: Double, path: str) -> None:
    assert httpx.get(f"http://127.0.0.1:{running.port}{path}", trust_env=False).status_code == 401


@pytest.fixture
def asked(running: Double, server: LoopbackServer) -> Callable[..., tuple[int, dict[str, Any]]]:
    """asked(answer of Prometheus, **query): status and result of the query A."""

    def ask(answer: Answer, **query: Any) -> tuple[int, dict[str, Any]]:
        server.answers = {"/api/v1/query": answer, "/api/v1/query_range": answer}
        running.sources(source(url=server.url, jsonData={"timeInterval": "15s"}))
        running.reload("datasources")
        body = {
            "from": "now-1h",
            "to": "now",
            "queries": [{"refId": "A", "datasource": {"uid": "prometheus"}, **query}],
        }
        found = running.http.post("/api/ds/query", json=body)
        return found.status_code, found.json()["results"]["A"]

    return ask


def vector(*values: str) -> Answer:
    result = [{"metric": {"env": "dev"}, "value": [1, value]} for value in values]
    return Answer({"status": "success", "data": {"resultType": "vector", "result": result}})


def test_an_instant_query_gives_a_frame_a_series(asked: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    status, result = asked(vector("3", "NaN"), expr="up[$__rate_interval]", instant=True)

    assert status == 200
    assert [frame["data"]["values"] for frame in result["frames"]] == [[[1000], [3.0]], [[1000], [None]]]
    assert result["frames"][0]["schema"]["fields"][1]["labels"] == {"env": "dev"}


def test_no_series_are_one_frame_without_fields(asked: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    empty = Answer({"status": "success", "data": {"resultType": "matrix", "result": []}})

    assert asked(empty, expr="absent_metric")[1]["frames"][0]["schema"]["fields"] == []


def test_what_prometheus_refuses_is_the_querys_error(asked: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    refused = Answer({"status": "error", "errorType": "bad_data", "error": "parse error"}, 400)

    status, result = asked(refused, expr="up(")
    assert (status, result["error"]) == (400, "bad_data: parse error")
    assert "has $env in it" in asked(vector("1"), expr='up{env="$env"}')[1]["error"]


def test_the_health_of_a_data_source_is_that_of_a_query(running: Double) -> None:
    running.sources(source())
    running.reload("datasources")

    answer = running.http.get("/api/datasources/uid/prometheus/health")
    assert (answer.status_code, "refused" in answer.json()["message"]) == (400, True)


def certificate(directory: Path, name: str) -> None:
    files = ["-keyout", str(directory / "key.pem"), "-out", str(directory / f"{name}.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *files]
    more = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *more], check=True, capture_output=True)
    os.replace(directory / f"{name}.pem", directory / "cert.pem")


def test_a_new_certificate_is_shown_without_a_restart(make: Make, tmp_path: Path) -> None:
    certificate(tmp_path, "first")
    double = make()
    double.ini["server"].update(
        protocol="https", cert_file=tmp_path / "cert.pem", cert_key=tmp_path / "key.pem", certs_watch_interval="1s"
    )
    context = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    address = f"https://127.0.0.1:{double.port}"
    double.http = httpx.Client(base_url=address, trust_env=False, verify=context, auth=("admin", PASSWORD))
    double.start()

    certificate(tmp_path, "second")
    time.sleep(1.1)

    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        httpx.get(f"{address}/api/health", trust_env=False, verify=context)
    renewed = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    assert httpx.get(f"{address}/api/health", trust_env=False, verify=renewed).status_code == 200


@pytest.mark.skipif(not (shutil.which("gpg") and shutil.which("dpkg-deb")), reason="gpg signs, dpkg-deb packs")
def test_archive_and_repository_are_whole(tmp_path: Path) -> None:
    build = Path(__file__).parents[3] / "molecule/shared/grafana_double/build"
    subprocess.run([build, "13.0.1", "--to", tmp_path, "--repository"], check=True, capture_output=True)

    archive = tmp_path / "grafana_13.0.1_20261125001_linux_amd64.tar.gz"
    assert (tmp_path / "sha256sums.txt").read_text().split()[0] == hashlib.sha256(archive.read_bytes()).hexdigest()
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    said = subprocess.run(
        [tmp_path / "grafana-13.0.1/bin/grafana", "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "grafana version 13.0.1 (test double, not Grafana)\n"
    (package,) = (tmp_path / "apt/pool").iterdir()
    fields = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True, check=True).stdout
    assert "Package: grafana\nVersion: 13.0.1\n" in fields
    listing = (tmp_path / "apt/dists/stable/main/binary-amd64/Packages").read_text()
    assert hashlib.sha256(package.read_bytes()).hexdigest() in listing
    assert len((tmp_path / "apt/fingerprint").read_text().strip()) == 40
    assert "BEGIN PGP SIGNED MESSAGE" in (tmp_path / "apt/dists/stable/InRelease").read_text()
