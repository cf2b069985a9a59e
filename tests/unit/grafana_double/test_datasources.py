# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources out of provisioning files. One double, whose files change and are read again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Double, Make, source


@pytest.fixture(scope="module")
def running(make_double: Make) -> Double:
    return make_double().start()


@pytest.fixture
def double(running: Double) -> Double:
    """With one data source again."""
    for path in (running.root / "provisioning/datasources").iterdir():
        path.unlink()
    names = [{"name": one["name"]} for one in running.get("/api/datasources")]
    running.put_sources(source(), deleteDatasources=names)
    assert running.reload("datasources").json() == {"message": "Datasources config reloaded"}
    running.put_sources(source())
    return running


def refusal(double: Double) -> str:
    answer = double.reload("datasources")
    assert answer.status_code == 500
    return str(answer.json()["message"])


def test_a_data_source_is_as_the_file_has_it(double: Double) -> None:
    double.put_sources(source(jsonData={"httpMethod": "POST", "timeInterval": "15s"}, secureJsonData={"x": "hidden"}))
    double.reload("datasources")

    (listed,) = double.get("/api/datasources")
    one = double.get("/api/datasources/uid/prometheus")
    assert {key: listed[key] for key in source()} == source()
    assert (listed["readOnly"], one["secureJsonFields"]) == (True, {"x": True})
    assert one["jsonData"] == {"httpMethod": "POST", "timeInterval": "15s"}
    assert "hidden" not in json.dumps([one, listed])
    assert double.http.get("/api/datasources/uid/nothing").json() == {"message": "Data source not found"}


BAD: dict[str, tuple[Any, str]] = {
    "an unknown key": ([source(urll="x")], "a.yml: datasources[0]: urll is not a known key; is url meant?"),
    "a wrong type": ([source(isDefault="yes")], "isDefault is not true or false"),
    "no name": ([{"type": "prometheus"}], "datasources[0]: name is missing"),
    "two defaults": ([source(), source(name="B", uid="b")], "Only one datasource per organization can be marked"),
    "a name twice": ([source(), source(uid="b", isDefault=False)], "the name Prometheus comes twice"),
    "a uid twice": ([source(), source(name="B", isDefault=False)], "the uid prometheus comes twice"),
    "another uid": ([source(uid="b")], "has the uid prometheus in Grafana; it gets the uid b only after"),
    "a uid of another": ([source(name="B")], "the uid prometheus of B is that of Prometheus in Grafana"),
    "a bad uid": ([source(name="B", uid="a b")], "the uid 'a b' is not up to 40 letters"),
    "an unknown type": ([source(type="prometeus")], "prometeus is no type of data source"),
    "an unknown access": ([source(access="server")], "access is neither proxy nor direct"),
    "no URL": ([source(url="localhost:9090")], "url is no URL of a server"),
    "an unknown option": ([source(jsonData={"timeIntervall": "1s"})], "is timeInterval meant?"),
    "a bad option": ([source(jsonData={"timeInterval": "15"})], "timeInterval is not a duration such as 15s"),
    "an organisation": ([source(orgId=2)], "there is no organisation 2"),
    "an unset variable": ([source(url="http://$NOBODY_SET")], "the environment variable NOBODY_SET is not set"),
    "a lost file": ([source(secureJsonData={"p": "$__file{/nowhere}"})], "$__file{/nowhere} cannot be read"),
    "a lone $": ([source(user="a$ b")], "$  is no variable; a $ that is meant is written $$"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_and_change_nothing(double: Double, case: str) -> None:
    sources, sentence = BAD[case]
    before = double.get("/api/datasources")
    double.put_sources(*sources)

    assert sentence in refusal(double)
    assert double.get("/api/datasources") == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("apiVersion: 1\ndatasources: [", "a.yml is not YAML"),
        ("apiVersion: 1\napiVersion: 1\n", "the key apiVersion comes twice"),
        ("apiVersion: 2\n", "apiVersion is not 1"),
        ("datasources: []\n", "apiVersion is missing"),
        ("- a\n", "a.yml is not an object"),
        ("apiVersion: 1\nprune: true\n", "Grafana 13 is reported to crash with it"),
    ],
)
def test_bad_yaml(double: Double, text: str, sentence: str) -> None:
    double.provision("datasources", "a.yml", text)

    assert sentence in refusal(double)


def test_texts_are_expanded(double: Double, tmp_path: Any) -> None:
    (tmp_path / "url").write_text("http://127.0.0.1:9091\n")
    double.put_sources(source(url=f"$__file{{{tmp_path}/url}}", user="a$$b", database="${PATH}", basicAuthUser="$PATH"))
    assert double.reload("datasources").status_code == 200

    one = double.get("/api/datasources/uid/prometheus")
    assert (one["url"], one["user"]) == ("http://127.0.0.1:9091", "a$b")
    assert one["database"] == one["basicAuthUser"] != ""


def test_another_uid_after_it_was_deleted_by_name(double: Double) -> None:
    double.put_sources(source(uid="b"))
    double.provision(
        "datasources", "00.yml", {"apiVersion": 1, "deleteDatasources": [{"name": "Prometheus", "orgId": 1}]}
    )

    assert double.reload("datasources").status_code == 200
    assert [one["uid"] for one in double.get("/api/datasources")] == ["b"]


def test_what_no_file_names_stays_until_it_is_deleted_by_name(double: Double) -> None:
    double.put_sources(source(name="B", uid="b"))
    double.reload("datasources")
    assert {one["name"]: one["isDefault"] for one in double.get("/api/datasources")} == {"Prometheus": False, "B": True}

    double.put_sources(deleteDatasources=[{"name": "B"}, {"name": "never there"}])
    double.reload("datasources")
    assert [one["name"] for one in double.get("/api/datasources")] == ["Prometheus"]
