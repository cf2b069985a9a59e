# SPDX-License-Identifier: GPL-3.0-or-later
"""A deploy watches itself for a while: what breaks then is switched back. A double answers for Prometheus."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import watch
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.watch import Watcher


class DoubleOfPrometheus:
    """answers: by query, a list of results, of which the last one stays; a text is an error's."""

    def __init__(self):
        self.answers = {}
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                query = parse_qs(urlsplit(self.path).query)["query"][0]
                status, body = double.answer(query)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, query):
        due = self.answers[query]
        values = due.pop(0) if len(due) > 1 else due[0]
        if isinstance(values, dict):
            return 200, values
        if isinstance(values, str):
            return 400, {"status": "error", "error": values}
        result = [{"metric": {}, "value": [0, str(value)]} for value in values]
        return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}


@pytest.fixture
def prometheus():
    double = DoubleOfPrometheus()
    yield double
    double.server.shutdown()
    double.server.server_close()


@pytest.fixture(autouse=True)
def quick_watch(monkeypatch):
    monkeypatch.setattr(watch, "INTERVAL", 0.02)
    monkeypatch.setattr(watch, "SILENCE", 0.1)


def spec(prometheus, duration=0.3, **tolerance):
    conditions = [{"name": "no target lost", "query": "min(up)", "for": tolerance.get("tolerance", 0)}]
    return {"url": prometheus.url, "duration": duration, "conditions": conditions}


def test_a_condition_that_stays_true_lets_the_release_be(host, prometheus):
    prometheus.answers["min(up)"] = [[1]]

    assert host.deploy("two\n", watch=spec(prometheus)).changed
    assert host.events[-1] == "activated 0001"


@pytest.mark.parametrize("values", [[0], [1, 0], [], ["NaN"]])
def test_a_condition_that_becomes_untrue_is_switched_back(host, prometheus, values):
    host.deploy("one\n")
    prometheus.answers["min(up)"] = [[1], [1], values]

    error = host.failure("two\n", watch=spec(prometheus))

    assert 'release_watch "no target lost" is true no more: min(up) (watched for 0.3 s after the switch)' in str(error)
    assert "was switched back to 0001-" in str(error)
    assert host.service.state["running"] == "one\n"
    assert host.store.journal.verdict(host.store.all()[1].id)["event"] == "failed"


def test_a_condition_may_be_untrue_for_as_long_as_it_says(host, prometheus):
    prometheus.answers["min(up)"] = [[1], [0], [0], [1]]

    assert host.deploy("two\n", watch=spec(prometheus, tolerance=5)).changed


def test_what_is_broken_before_is_told_and_not_watched(host, prometheus):
    prometheus.answers["min(up)"] = [[0]]

    outcome = host.deploy("two\n", watch=spec(prometheus))

    assert outcome.changed
    assert outcome.warnings == ['release_watch "no target lost" is not true before the deploy: not watched']


def test_a_query_that_prometheus_refuses_stops_before_the_switch(host, prometheus):
    host.deploy("one\n")
    prometheus.answers["min(up)"] = ["parse error: unexpected end of input"]

    error = host.failure("two\n", watch=spec(prometheus))

    assert "is no query that can be watched (parse error: unexpected end of input): mend its query" in str(error)
    assert host.active.id.startswith("0001") and "switching 0002" not in host.events


def test_a_prometheus_that_is_not_there_yet_is_told(host):
    nowhere = {"url": "http://127.0.0.1:1", "duration": 0.1, "conditions": [{"name": "a", "query": "up", "for": 0}]}

    outcome = host.deploy(watch=nowhere)

    assert outcome.changed
    assert "is not watched: http://127.0.0.1:1 does not answer" in outcome.warnings[0]


def test_a_prometheus_that_stops_to_answer_counts_as_broken_in_the_end(prometheus):
    prometheus.answers["min(up)"] = [[1]]
    watcher = Watcher(spec(prometheus, duration=5))
    assert watcher.begin() == []
    prometheus.server.shutdown()
    prometheus.server.server_close()

    with pytest.raises(ReleaseError, match=r'release_watch "no target lost" cannot be asked any more'):
        watcher.watch(lambda: "")


def test_a_service_that_dies_after_its_health_check_is_switched_back(host):
    host.deploy("one\n")
    looks = iter(range(10_000))
    real = host.service.status

    def dying():
        if next(looks) == 12:
            host.service.put(active=False, running="")
        return real()

    host.service.status = dying

    error = host.failure("two\n", watch={"duration": 5})

    assert "app stopped after its health check (watched for 5 s after the switch)" in str(error)
    assert host.service.state["running"] == "one\n"


@pytest.mark.parametrize(
    "answer", [{"data": {}}, {"data": {"resultType": "vector", "result": [{"histogram": [0, {}]}]}}, {"nothing": 1}]
)
def test_an_answer_that_is_none_counts_as_no_answer(host, prometheus, answer):
    host.deploy("one\n")
    prometheus.answers["min(up)"] = [[1], answer]

    error = host.failure("two\n", watch=spec(prometheus))

    assert 'release_watch "no target lost" cannot be asked any more' in str(error)
    assert host.service.state["running"] == "one\n"


def test_a_query_whose_answer_is_no_instant_vector_stops_before_the_switch(host, prometheus):
    prometheus.answers["min(up)"] = [{"data": {"resultType": "matrix", "result": []}}]

    error = host.failure("one\n", watch=spec(prometheus))

    assert "(it is of the type matrix, and an instant vector or a scalar is needed): mend its query" in str(error)


def test_what_is_untrue_at_the_end_of_the_watch_does_not_pass(host, prometheus):
    host.deploy("one\n")
    prometheus.answers["min(up)"] = [[1], [0]]

    error = host.failure("two\n", watch=spec(prometheus, tolerance=0.25))

    assert "is true no more: min(up)" in str(error)


def test_a_prometheus_that_is_silent_at_the_end_of_the_watch_does_not_pass(monkeypatch, prometheus):
    monkeypatch.setattr(watch, "SILENCE", 60)
    prometheus.answers["min(up)"] = [[1]]
    watcher = Watcher(spec(prometheus, duration=0.1))
    assert watcher.begin() == []
    prometheus.server.shutdown()
    prometheus.server.server_close()

    with pytest.raises(ReleaseError, match="cannot be asked any more"):
        watcher.watch(lambda: "")
