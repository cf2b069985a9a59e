# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries: what Prometheus is asked, and what Grafana makes of its answer. Prometheus is a double, too."""

from __future__ import annotations

import json
import shutil
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from .conftest import Double, Make, source

SERIES = {"__name__": "up", "env": "dev", "service": "crm"}
NOW = 1_795_000_000_000


class Prometheus(ThreadingHTTPServer):
    """Keeps what it is asked, and answers with one series, or as the query says: empty, broken, warned."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Prometheus

    def do_POST(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode() or url.query
        given = {key: values[0] for key, values in urllib.parse.parse_qs(body).items()}
        self.server.asked.append((self.command, url.path, given, self.headers.get("Authorization", "")))
        status, answer = _answer(url.path, given["query"])
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST

    def log_message(self, *_arguments: Any) -> None:
        pass


def _answer(path: str, query: str) -> tuple[int, dict[str, Any]]:
    if query == "broken":
        return 400, {"status": "error", "errorType": "bad_data", "error": "unexpected word"}
    values = [] if query == "empty" else [[NOW / 1000, "1.5"], [NOW / 1000 + 15, "NaN"], [NOW / 1000 + 30, "+Inf"]]
    if path.endswith("query_range"):
        data = {"resultType": "matrix", "result": [{"metric": SERIES, "values": values}] if values else []}
    elif query == "1+1":
        data = {"resultType": "scalar", "result": [4, "2"]}
    else:
        data = {"resultType": "vector", "result": [{"metric": SERIES, "value": values[0]}] if values else []}
    return 200, {"status": "success", "data": data, **({"warnings": ["slow"]} if query == "warned" else {})}


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Prometheus]:
    server = Prometheus()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def double(make_double: Make, prometheus: Prometheus) -> Double:
    made = make_double()
    options = {"timeInterval": "30s", "httpMethod": "GET"}
    more = {"basicAuth": True, "basicAuthUser": "u", "secureJsonData": {"basicAuthPassword": "p"}, "isDefault": False}
    made.put_sources(
        source(url=prometheus.url),
        source(name="Get", uid="get", url=prometheus.url, jsonData=options, **more),
        source(name="Gone", uid="gone", isDefault=False),
        source(name="Alerts", uid="alerts", type="alertmanager", isDefault=False),
    )
    return made.start()


@pytest.fixture(autouse=True)
def nothing_asked(prometheus: Prometheus) -> None:
    prometheus.asked.clear()


def query(expression: str, uid: str = "prometheus", **more: Any) -> dict[str, Any]:
    fields = {"instant": False, "range": True, "format": "time_series", "intervalMs": 15_000, "maxDataPoints": 1000}
    return {"refId": "A", "datasource": {"type": "prometheus", "uid": uid}, "expr": expression, **fields, **more}


def ask(double: Double, *queries: dict[str, Any], **more: Any) -> Any:
    body = {"from": str(NOW - 3_600_000), "to": str(NOW), "queries": list(queries), **more}
    return double.http.post("/api/ds/query", json=body)


def test_a_range(double: Double, prometheus: Prometheus) -> None:
    answer = ask(double, query("up", legendFormat="{{ service }} in {{env}}{{nothing}}"))

    assert answer.status_code == 200
    (frame,) = answer.json()["results"]["A"]["frames"]
    time_, value = frame["schema"]["fields"]
    assert (time_["type"], value["type"], value["name"], value["labels"]) == ("time", "number", "up", SERIES)
    assert value["config"] == {"displayNameFromDS": "crm in dev"}
    assert frame["schema"]["meta"]["type"] == "timeseries-multi"
    assert frame["schema"]["meta"]["executedQueryString"] == "Expr: up\nStep: 15s"
    assert frame["data"]["values"] == [[NOW, NOW + 15_000, NOW + 30_000], [1.5, None, None]]
    assert frame["data"]["entities"] == [None, {"NaN": [1], "Inf": [2]}]
    ((method, path, given, _),) = prometheus.asked
    assert (method, path) == ("POST", "/api/v1/query_range")
    times = {"start": str((NOW - 3_600_000) // 15_000 * 15), "end": str(NOW // 15_000 * 15)}
    assert given == {"query": "up", "step": "15", **times}


def test_an_instant_and_both(double: Double, prometheus: Prometheus) -> None:
    (frame,) = ask(double, query("up", instant=True, range=False)).json()["results"]["A"]["frames"]
    assert (frame["schema"]["meta"]["type"], frame["data"]["values"]) == ("numeric-multi", [[NOW], [1.5]])
    assert prometheus.asked[0][1:3] == ("/api/v1/query", {"query": "up", "time": str(NOW // 1000)})

    answer = ask(double, query("up", instant=True), query("1+1", refId="B", instant=True, range=False)).json()
    assert [one["schema"]["meta"]["type"] for one in answer["results"]["A"]["frames"]] == [
        "numeric-multi",
        "timeseries-multi",
    ]
    assert answer["results"]["B"]["frames"][0]["data"]["values"] == [[4000], [2.0]]


def test_the_data_source_says_how_to_ask(double: Double, prometheus: Prometheus) -> None:
    assert ask(double, query("up", uid="get")).status_code == 200

    method, _, given, authorization = prometheus.asked[0]
    assert (method, given["query"]) == ("GET", "up")
    assert authorization == "Basic dTpw"


@pytest.mark.parametrize(
    ("expression", "more", "filled"),
    [
        ("rate(x[$__rate_interval])", {}, "rate(x[1m0s])"),
        ("rate(x[${__rate_interval}])", {"intervalMs": 120_000}, "rate(x[2m15s])"),
        ("rate(x[$__rate_interval])", {"uid": "get"}, "rate(x[2m0s])"),
        ("rate(x[$__rate_interval])", {"interval": "1m"}, "rate(x[4m0s])"),
        ("avg_over_time(x[$__interval])", {"maxDataPoints": 10}, "avg_over_time(x[5m])"),
        ("x * $__interval_ms / ${__range_s} + $__range_ms", {}, "x * 15000 / 3600 + 3600000"),
        ("increase(x[$__range])", {}, "increase(x[3600s])"),
        ('label_replace(x, "a", "$1", "b", "(.*)$")', {}, 'label_replace(x, "a", "$1", "b", "(.*)$")'),
    ],
)
def test_grafanas_own_variables_are_filled_in(
    double: Double, prometheus: Prometheus, expression: str, more: dict[str, Any], filled: str
) -> None:
    assert ask(double, query(expression, **more)).status_code == 200

    assert prometheus.asked[0][2]["query"] == filled


def test_no_series_are_a_frame_without_fields(double: Double) -> None:
    result = ask(double, query("empty")).json()["results"]["A"]

    assert result["status"] == 200
    assert [frame["schema"]["fields"] for frame in result["frames"]] == [[]]


def test_what_prometheus_refuses_is_an_error_of_that_query_alone(double: Double) -> None:
    answer = ask(double, query("broken"), query("up", refId="B"), query("up", "gone", refId="C"))

    results = answer.json()["results"]
    assert answer.status_code == 400
    assert (results["A"]["error"], results["A"]["status"]) == ("bad_data: unexpected word", 400)
    assert results["B"]["status"] == 200
    assert "dial tcp 127.0.0.1:9: connect: connection refused" in results["C"]["error"]


def test_warnings_are_notices(double: Double) -> None:
    (frame,) = ask(double, query("warned")).json()["results"]["A"]["frames"]

    assert frame["schema"]["meta"]["notices"] == [{"severity": "warning", "text": "slow"}]


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a variable": ({"expr": 'up{env="$env"}'}, 400, "query A has the variable $env in it, which nothing has filled in"),
    "one in braces": ({"expr": "up{env=~'${env:regex}'}"}, 400, "has the variable ${env in it"),
    "an old one": ({"expr": 'up{env="[[env]]"}'}, 400, "has the variable [[env]] in it"),
    "no expr": ({"expr": " "}, 400, "query A has no expr"),
    "no format": ({"format": "graph"}, 400, "format is none of"),
    "a wrong type": ({"instant": "yes"}, 400, "instant of a query is of the wrong type"),
    "no duration": ({"interval": "often"}, 400, "invalid duration 'often'"),
    "no data source": ({"datasource": {"uid": "nobody"}}, 404, "Data source not found"),
    "another kind": ({"datasource": {"uid": "alerts"}}, 400, "the double does not query alertmanager"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_queries_never_reach_prometheus(double: Double, prometheus: Prometheus, case: str) -> None:
    changes, status, words = REFUSED[case]
    answer = ask(double, {**query("up"), **changes})

    assert (answer.status_code, prometheus.asked) == (status, [])
    assert words in answer.json()["message"]


def test_times(double: Double) -> None:
    assert ask(double, query("up"), **{"from": "now-1h", "to": "now"}).status_code == 200
    for bad in ({"from": NOW}, {"from": "yesterday"}, {"from": "now+1h", "to": "now"}, {"queries": []}):
        assert ask(double, query("up"), **bad).status_code == 400


def test_the_health_of_data_sources(double: Double, prometheus: Prometheus) -> None:
    healthy = double.get("/api/datasources/uid/prometheus/health")
    assert (healthy["status"], healthy["message"]) == ("OK", "Successfully queried the Prometheus API.")
    assert prometheus.asked[0][1:3] == ("/api/v1/query", {"query": "1+1", "time": "4"})

    answer = double.http.get("/api/datasources/uid/gone/health")
    assert (answer.status_code, answer.json()["status"]) == (400, "ERROR")
    assert "connection refused - There was an error returned" in answer.json()["message"]
    assert double.http.get("/api/datasources/uid/alerts/health").status_code == 404


NOT_FOUND = {"message": "Plugin not found", "messageId": "plugin.notRegistered", "statusCode": 404, "traceID": ""}


@pytest.mark.parametrize("there", ["nothing", "another", "no JSON"])
def test_without_its_plugin_a_data_source_is_there_and_not_served(
    make_double: Make, prometheus: Prometheus, there: str
) -> None:
    double = make_double()
    double.put_sources(source(url=prometheus.url))
    if there == "nothing":
        shutil.rmtree(double.plugins)
    else:
        content = {"another": '{"id": "loki", "type": "datasource"}', "no JSON": '{"id": "prometheus"'}
        (double.plugins / "prometheus/plugin.json").write_text(content[there])
    double.start()

    assert [one["uid"] for one in double.get("/api/datasources")] == ["prometheus"]
    for answer in (double.http.get("/api/datasources/uid/prometheus/health"), ask(double, query("up"))):
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert prometheus.asked == []
    words = "directory does not exist" if there == "nothing" else "loki" if there == "another" else "could not be read"
    assert words in double.stop()


def test_the_plugin_is_found_where_the_setting_says_and_through_links(
    make_double: Make, prometheus: Prometheus
) -> None:
    double = make_double()
    double.put_sources(source(url=prometheus.url))
    away = double.plugins.rename(double.root / "away")
    (away / "prometheus/round").symlink_to(away)  # is not followed for ever
    linked = double.root / "linked"
    linked.mkdir()
    (linked / "prometheus").symlink_to(away / "prometheus")
    double.ini["paths"]["bundled_plugins"] = linked
    double.start()

    assert double.get("/api/datasources/uid/prometheus/health")["status"] == "OK"
    assert ask(double, query("up")).status_code == 200
    assert double.stop().count('msg="Plugin registered" pluginId=prometheus') == 1


def test_the_default_directory_of_plugins_may_be_a_link(make_double: Make, prometheus: Prometheus) -> None:
    double = make_double()
    double.put_sources(source(url=prometheus.url))
    double.plugins.symlink_to(double.plugins.rename(double.root / "away"))

    assert double.start().get("/api/datasources/uid/prometheus/health")["status"] == "OK"
