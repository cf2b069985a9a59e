# SPDX-License-Identifier: GPL-3.0-or-later
"""Up a version by site.yml, back by rollback.yml, and forth again: what was stored stays, and the gap is short.

A small HTTP server stands in for whom Alertmanager notifies; it keeps one line for each notification.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://server"]
API = "http://127.0.0.1:9090/api/v1"
ALERTMANAGER = "http://127.0.0.1:9093/api/v2"
INTERVAL = 2  # seconds between scrapes, as molecule.yml has it
NOTIFIED = "/run/notified"
HOOK = f"""
import http.server
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("{NOTIFIED}", "ab").write(body.replace(b"\\n", b"") + b"\\n")
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 9199), Hook).serve_forever()
"""


def newest(program: str) -> str:
    return (Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "versions" / f"{program}-testing").read_text().strip()


@pytest.fixture
def samples(get: Callable[[str], Any]) -> Callable[[str], list[float]]:
    """samples('up{job="prometheus"}'): the times of the last quarter of an hour at which the series was 1."""

    def ask(series: str) -> list[float]:
        found = get(f"{API}/query?query={quote(series + '[15m]')}")["data"]["result"]
        return [at for one in found for at, value in one["values"] if value == "1"]

    return ask


@pytest.fixture
def gap(samples: Callable[[str], list[float]], capsys: pytest.CaptureFixture[str]) -> Callable[..., float]:
    """gap("prometheus", since, "up a version"): the longest time without a good scrape, printed and returned."""

    def measure(job: str, since: float, what: str) -> float:
        time.sleep(3 * INTERVAL)
        times = [at for at in samples(f'up{{job="{job}"}}') if at >= since]
        longest = max(after - before for before, after in pairwise(times))
        with capsys.disabled():
            print(f"\n{job}, {what}: at most {longest:.1f} s between scrapes, of every {INTERVAL} s")
        return longest

    return measure


def test_prometheus_keeps_its_series_up_and_back_and_forth(
    host: Host, deploy: Any, rollback: Any, get: Any, component: Any, samples: Any, gap: Any
) -> None:
    prometheus = component("prometheus")
    old, new = prometheus.meta()["version"], newest("prometheus")
    assert (old[0], new[0]) == ("2", "3")
    wait_until(lambda: len(samples('up{job="prometheus"}')) > 5)
    before, since = samples('up{job="prometheus"}'), time.time() - 2 * INTERVAL

    deploy(prometheus_version=new).ok()
    assert get(f"{API}/status/buildinfo")["data"]["version"] == new
    assert gap("prometheus", since, f"up from {old} to {new}") <= 15
    upgraded, left = samples('up{job="prometheus"}'), prometheus.release()
    assert set(before) <= set(upgraded)
    block = make_block(host)

    since = time.time() - 2 * INTERVAL
    rollback(component="prometheus").ok()
    assert get(f"{API}/status/buildinfo")["data"]["version"] == old
    assert gap("prometheus", since, f"back from {new} to {old}") <= 15
    assert set(upgraded) <= set(samples('up{job="prometheus"}')), "what the newer version wrote was lost"
    assert value_of(get, "of_a_block", block) == "42", "a block of the newer version was lost"

    rollback(component="prometheus", release=left, reason="forth again").ok()
    assert get(f"{API}/status/buildinfo")["data"]["version"] == new
    assert set(upgraded) <= set(samples('up{job="prometheus"}'))
    assert value_of(get, "of_a_block", block) == "42"
    deploy(unhold=True).ok()
    assert get(f"{API}/status/buildinfo")["data"]["version"] == old


def make_block(host: Host) -> int:
    """A block of the running version's own promtool among the data, read at the next start; the time of its sample."""
    at = int(time.time()) - 6 * 3600
    host.check_output(f"printf 'of_a_block 42 {at}\\n# EOF\\n' >/run/block.txt")
    promtool = "/opt/aetherlink/prometheus/current/bin/promtool"
    host.check_output(f"{promtool} tsdb create-blocks-from openmetrics /run/block.txt /run/block")
    host.check_output("chown -R aetherlink-prometheus: /run/block")
    host.check_output("cp -a /run/block/0* /var/lib/aetherlink/prometheus/")
    return at


def value_of(get: Any, series: str, at: int) -> str:
    (found,) = get(f"{API}/query?query={series}&time={at}")["data"]["result"]
    return str(found["value"][1])


@pytest.fixture
def notified(host: Host) -> Any:
    """How often somebody was notified."""
    host.check_output("systemd-run --quiet --unit=hook python3 -c %s", HOOK)
    yield lambda: int(host.check_output(f"cat {NOTIFIED} 2>/dev/null | wc -l"))
    host.check_output("systemctl stop hook")


def send(host: Host, path: str, body: Any) -> Any:
    script = (
        "import sys, urllib.request as r; q = r.Request(sys.argv[1], sys.argv[2].encode(), "
        "{'Content-Type': 'application/json'}); print(r.urlopen(q).read().decode())"
    )
    answer = host.check_output("python3 -c %s %s %s", script, f"{ALERTMANAGER}/{path}", json.dumps(body))
    return json.loads(answer) if answer else None


def fire(host: Host) -> None:
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    labels = [{"alertname": "Loud", "env": "staging"}, {"alertname": "Silent", "env": "staging"}]
    send(host, "alerts", [{"labels": one, "endsAt": ends} for one in labels])


def silence(host: Host) -> str:
    at = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds)) for seconds in (-60, 7200)]
    matcher = {"name": "alertname", "value": "Silent", "isRegex": False, "isEqual": True}
    body = {"matchers": [matcher], "startsAt": at[0], "endsAt": at[1], "createdBy": "test", "comment": "kept?"}
    return str(send(host, "silences", body)["silenceID"])


def test_alertmanager_keeps_its_silences_and_does_not_notify_twice(
    host: Host, deploy: Any, rollback: Any, get: Any, component: Any, gap: Any, notified: Any
) -> None:
    old, new = component("alertmanager").meta()["version"], newest("alertmanager")
    assert old != new
    kept = silence(host)
    fire(host)
    wait_until(lambda: notified() == 1)

    def unharmed(version: str) -> None:
        status = get(f"{ALERTMANAGER}/status")
        assert status["versionInfo"]["version"] == version
        states = {one["id"]: one["status"]["state"] for one in get(f"{ALERTMANAGER}/silences")}
        assert states.get(kept) == "active", "the silence was lost"
        fire(host)  # as Prometheus does again and again
        time.sleep(5)  # group_wait is 1 s
        assert notified() == 1, "somebody was notified again, or of what is silenced"

    since = time.time() - 2 * INTERVAL
    deploy(alertmanager_version=new).ok()
    assert gap("alertmanager", since, f"up from {old} to {new}") <= 15
    unharmed(new)

    since = time.time() - 2 * INTERVAL
    rollback(component="alertmanager").ok()
    assert gap("alertmanager", since, f"back from {new} to {old}") <= 15
    unharmed(old)

    left = component("alertmanager").journal()[-1]["left"]
    rollback(component="alertmanager", release=left, reason="forth again").ok()
    unharmed(new)
    deploy(unhold=True).ok()


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)
