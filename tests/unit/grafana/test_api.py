# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of Grafana's API: its errors are sentences, and the password is in none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import (
    Grafana,
    GrafanaError,
    password_from,
)

PASSWORD = "hunter2-of-the-test"


def error_of(ask: Any) -> GrafanaError:
    with pytest.raises(GrafanaError) as caught:
        ask()
    assert PASSWORD not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))
    return caught.value


def test_an_answer_is_decoded(grafana: Grafana) -> None:
    assert grafana.get("/api/datasources")[0]["uid"] == "prom"


def test_a_wrong_password_is_told_as_such(double: Any) -> None:
    error = error_of(lambda: Grafana(double.url, "admin", PASSWORD + "x").get("/api/datasources"))

    assert error.status == 401
    assert str(error) == f"{double.url}/api/datasources answers 401: user or password are wrong."


def test_grafanas_own_words_are_told(double: Any, grafana: Grafana) -> None:
    double.override["/api/search"] = (500, b'{"message": "database is locked."}')

    assert str(error_of(lambda: grafana.get("/api/search"))).endswith("answers 500: database is locked.")


def test_what_is_no_json_is_not_grafana(double: Any, grafana: Grafana) -> None:
    double.override["/api/search"] = (200, b"<html>nginx</html>")

    assert "something else than JSON" in str(error_of(lambda: grafana.get("/api/search")))


def test_a_redirect_is_not_followed_with_the_password(double: Any, grafana: Grafana) -> None:
    double.override["/api/search"] = (302, b"")

    assert error_of(lambda: grafana.get("/api/search")).status == 302


def test_nobody_there_is_told(nobody: str) -> None:
    error = error_of(lambda: Grafana(f"http://{nobody}", "admin", PASSWORD).get("/api/health"))

    assert "does not answer" in str(error) and "refused" in str(error)


def test_what_is_not_http_is_told(server: Any) -> None:
    server.put_raw("/api/health", b"SSH-2.0-OpenSSH_9.2p1\r\n")

    assert "does not answer" in str(error_of(lambda: Grafana(server.url).get("/api/health")))


@pytest.mark.parametrize("url", ["ftp://g", "grafana:3000", f"http://admin:{PASSWORD}@g:3000"])
def test_urls_that_are_none_are_refused(url: str) -> None:
    error_of(lambda: Grafana(url))


def test_a_proxy_of_the_environment_is_not_asked(
    grafana: Grafana, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{nobody}")
    monkeypatch.setenv("no_proxy", "")

    assert grafana.get("/api/health")["database"] == "ok"


def test_queries_that_are_refused_have_results(double: Any, grafana: Grafana) -> None:
    double.result = lambda query: {"status": 400, "error": "parse error"}

    assert grafana.query([{"refId": "A", "expr": "("}], 0, 1000) == {"A": {"status": 400, "error": "parse error"}}
    assert double.bodies == [{"queries": [{"refId": "A", "expr": "("}], "from": "0", "to": "1000"}]


@pytest.mark.parametrize("answer", [(403, b'{"message": "no permission"}'), (200, b"[]"), (400, b'{"results": []}')])
def test_an_answer_without_results_is_an_error(double: Any, grafana: Grafana, answer: tuple[int, bytes]) -> None:
    double.override["/api/ds/query"] = answer

    error_of(lambda: grafana.query([], 0, 1000))


def test_the_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret \n")
    (tmp_path / "empty").write_text("")

    assert password_from(str(tmp_path / "secret")) == "s3cret "
    assert "must hold" in str(error_of(lambda: password_from(str(tmp_path / "empty"))))
    assert "No such file" in str(error_of(lambda: password_from(str(tmp_path / "none"))))
