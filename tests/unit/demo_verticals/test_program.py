# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo verticals as a process: the services, each fault seen by a real client, healing, reload, end."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from demo_verticals import __version__

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "demo_verticals"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "roles/demo_verticals/files")}
KINDS = ("crm", "roofing", "policy", "property", "media")


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


class Program:
    """A running process with five services, and clients for them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.json"
        admin_port, *ports = free_ports(6)
        services = [{"name": kind, "kind": kind, "port": port} for kind, port in zip(KINDS, ports)]
        self.config: dict[str, Any] = {"listen": {"admin_port": admin_port}, "services": services}
        self.path.write_text(json.dumps(self.config))
        self.process = subprocess.Popen(
            [*COMMAND, "--config", str(self.path)], env=ENVIRONMENT, stderr=subprocess.DEVNULL
        )
        self.http = httpx.Client(trust_env=False, timeout=2)
        self.admin = f"http://127.0.0.1:{admin_port}"
        self.until(lambda: bool(self.ready()["ready"]))

    def url(self, name: str, path: str | None = None) -> str:
        port = next(service["port"] for service in self.config["services"] if service["name"] == name)
        return f"http://127.0.0.1:{port}{path or ('/uploads/stats' if name == 'media' else '/stats')}"

    def get(self, name: str, path: str | None = None) -> httpx.Response:
        return self.http.get(self.url(name, path))

    def fault(self, name: str, body: object) -> httpx.Response:
        return self.http.put(f"{self.admin}/verticals/{name}/fault", content=json.dumps(body))

    def heal(self, name: str) -> httpx.Response:
        return self.http.delete(f"{self.admin}/verticals/{name}/fault")

    def ready(self) -> dict[str, Any]:
        return dict(self.http.get(f"{self.admin}/readyz").json())

    def reload(self, config: dict[str, Any]) -> None:
        self.path.write_text(json.dumps(config))
        self.process.send_signal(signal.SIGHUP)

    def loaded(self) -> bool:
        return bool(self.ready()["config_sha256"] == hashlib.sha256(self.path.read_bytes()).hexdigest())

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        pytest.fail("did not come true within 5 s")

    def end(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("demo"))
    yield program
    program.end()


@pytest.fixture
def program(shared: Program) -> Iterator[Program]:
    """One process for the tests of faults; each leaves it healed."""
    yield shared
    for kind in KINDS:
        shared.heal(kind)


@pytest.fixture
def own_program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.end()


@pytest.mark.parametrize("kind", KINDS)
def test_every_service_answers_stats_and_health(program: Program, kind: str) -> None:
    document = program.get(kind).json()
    assert document["summary"]
    seen = datetime.fromisoformat(document["timestamp"]).timestamp()
    assert seen == pytest.approx(time.time(), abs=5)
    assert program.get(kind, "/health").json() == {"status": "healthy"}
    assert program.get(kind, "/nothing").status_code == 404


def test_the_property_service_is_an_exposition_too_and_the_others_are_not(program: Program) -> None:
    answer = program.get("property", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4"
    assert "property_records{" in answer.text
    assert program.get("crm", "/metrics").status_code == 404
    assert program.get("media", "/stats").status_code == 404


def test_down_refuses_connections_until_it_is_healed(program: Program) -> None:
    assert program.fault("crm", {"fault": "down"}).json()["listening"] is False
    with pytest.raises(httpx.ConnectError):
        program.get("crm")
    assert program.get("roofing").status_code == 200
    assert program.heal("crm").json()["listening"] is True
    assert program.get("crm").status_code == 200


def test_error_answers_500_for_health_too(program: Program) -> None:
    program.fault("crm", {"fault": "error"})
    assert program.get("crm").status_code == 500
    assert program.get("crm", "/health").status_code == 500


def test_stall_accepts_and_never_answers_until_it_is_healed(program: Program) -> None:
    program.fault("crm", {"fault": "stall"})
    with pytest.raises(httpx.ReadTimeout):
        program.http.get(program.url("crm"), timeout=0.3)
    program.heal("crm")
    assert program.get("crm").status_code == 200


def test_stale_freezes_numbers_and_time(program: Program) -> None:
    program.fault("crm", {"fault": "stale"})
    first = program.get("crm").json()
    time.sleep(0.1)
    assert program.get("crm").json() == first
    program.fault("property", {"fault": "stale"})
    assert program.get("property", "/metrics").text == program.get("property", "/metrics").text


@pytest.mark.parametrize(("name", "path"), [("crm", "/stats"), ("property", "/metrics")])
def test_garbage_is_no_text(program: Program, name: str, path: str) -> None:
    program.fault(name, {"fault": "garbage"})
    answer = program.get(name, path)
    assert answer.status_code == 200
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode()


def test_wrong_types_has_texts_for_numbers(program: Program) -> None:
    program.fault("crm", {"fault": "wrong_types"})
    document = program.get("crm").json()
    assert set(document["summary"].values()) == {"many"}
    assert document["timestamp"] is True
    assert document["attribution"] == []
    program.fault("property", {"fault": "wrong_types"})
    assert 'property_records{state="listed"} many' in program.get("property", "/metrics").text


def test_huge_is_100_mb(program: Program) -> None:
    program.fault("crm", {"fault": "huge"})
    with program.http.stream("GET", program.url("crm")) as answer:
        assert sum(map(len, answer.iter_raw())) == 100 * 1024 * 1024


def test_redirect_leads_elsewhere(program: Program) -> None:
    program.fault("crm", {"fault": "redirect"})
    answer = program.get("crm")
    assert (answer.status_code, answer.headers["location"]) == (302, "/elsewhere")


def test_endless_goes_on_until_it_is_healed(program: Program) -> None:
    program.fault("crm", {"fault": "endless"})
    with program.http.stream("GET", program.url("crm")) as answer:
        parts = answer.iter_raw()
        for _ in range(3):
            assert next(parts)
        program.heal("crm")
        assert len(b"".join(parts)) < 5


def test_a_lie_looks_right_and_is_not(program: Program) -> None:
    true = program.get("crm").json()
    program.fault("crm", {"fault": "lie"})
    document = program.get("crm").json()
    assert document["service"] == "peakpro-somebody-else"
    assert document["summary"]["contacts"] > 1000 * true["summary"]["contacts"]
    assert datetime.fromisoformat(document["timestamp"]) > datetime.now(timezone.utc)


def test_zero_says_that_there_is_nothing(program: Program) -> None:
    program.fault("crm", {"fault": "zero"})
    document = program.get("crm").json()
    assert set(document["summary"].values()) == {0}
    assert document["attribution"] == {}


def test_hostile_has_right_totals_and_names_that_break_things(program: Program) -> None:
    true = set(program.get("crm").json()["summary"])
    program.fault("crm", {"fault": "hostile"})
    document = program.get("crm").json()
    assert true < set(document["summary"])
    keys = [entry["key"] for entry in document["attribution"]["top_creator_keys"]]
    assert any('"' in key and "\n" in key for key in keys) and any("{{" in key for key in keys)
    assert max(map(len, keys)) == 100_000


def test_a_fault_with_a_time_heals_itself(program: Program) -> None:
    state = program.fault("crm", {"fault": "down", "seconds": 0.3}).json()
    assert 0 <= state["heals_in_seconds"] <= 0.3
    with pytest.raises(httpx.ConnectError):
        program.get("crm")
    program.until(lambda: program.get("crm").status_code == 200)


def test_an_older_time_does_not_end_a_newer_fault(program: Program) -> None:
    program.fault("crm", {"fault": "error", "seconds": 0.2})
    program.fault("crm", {"fault": "redirect"})
    time.sleep(0.4)
    assert program.get("crm").status_code == 302


def test_the_fault_none_heals(program: Program) -> None:
    program.fault("crm", {"fault": "error"})
    assert program.fault("crm", {"fault": "none"}).json()["fault"] == "none"
    assert program.get("crm").status_code == 200


def test_the_admin_listener_tells_the_state_of_all(program: Program) -> None:
    program.fault("media", {"fault": "zero", "seconds": 60})
    states = program.http.get(f"{program.admin}/verticals").json()["verticals"]
    assert [state["name"] for state in states] == list(KINDS)
    assert states[0] == {**states[0], "fault": "none", "listening": True, "heals_in_seconds": None}
    assert states[4]["fault"] == "zero"
    assert 50 < states[4]["heals_in_seconds"] <= 60


CHOICES = "none, down, error, stall, stale, garbage, wrong_types, huge, redirect, endless, lie, zero, hostile"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"fault": "explode"}, f"the fault is not known; use one of {CHOICES}"),
        ({"fault": None}, f"the fault is not known; use one of {CHOICES}"),
        ({}, f"the fault is not known; use one of {CHOICES}"),
        ([], 'the body is not {"fault": ..., "seconds": optional}'),
        ({"fault": "down", "second": 5}, 'the body is not {"fault": ..., "seconds": optional}'),
        ({"fault": "down", "seconds": "5"}, "seconds is out of range; give a number above 0, at most 86400"),
        ({"fault": "down", "seconds": 0}, "seconds is out of range; give a number above 0, at most 86400"),
        ({"fault": "down", "seconds": True}, "seconds is out of range; give a number above 0, at most 86400"),
    ],
)
def test_a_bad_fault_is_told_and_changes_nothing(program: Program, body: object, sentence: str) -> None:
    answer = program.fault("crm", body)
    assert (answer.status_code, answer.json()) == (400, {"error": sentence})
    assert program.get("crm").status_code == 200


def test_a_body_that_is_no_json_or_too_long_is_told(program: Program) -> None:
    url = f"{program.admin}/verticals/crm/fault"
    assert program.http.put(url, content="{").json() == {"error": "the body is not JSON"}
    long = program.http.put(url, content=" " * 5000)
    assert (long.status_code, long.json()) == (400, {"error": "the body has no length or is longer than 4096 bytes"})


def test_a_vertical_that_is_not_there_is_told(program: Program) -> None:
    answer = program.fault("shop", {"fault": "down"})
    assert answer.status_code == 404
    assert "crm, roofing, policy, property, media" in answer.json()["error"]


def test_a_reload_changes_what_changed_and_keeps_the_faults_of_the_rest(own_program: Program) -> None:
    program = own_program
    program.fault("roofing", {"fault": "error"})
    old_url = program.url("crm")
    crm, roofing, *_ = program.config["services"]
    program.config = {**program.config, "services": [{**crm, "port": free_ports(1)[0]}, roofing]}
    program.reload(program.config)
    program.until(program.loaded)
    assert program.get("crm").status_code == 200
    assert program.get("roofing").status_code == 500
    with pytest.raises(httpx.ConnectError):
        program.http.get(old_url)
    assert program.ready() == {**program.ready(), "ready": True, "version": __version__, "config_error": None}


def test_a_reload_may_swap_two_ports(own_program: Program) -> None:
    crm, roofing, *_ = own_program.config["services"]
    swapped = [{**crm, "port": roofing["port"]}, {**roofing, "port": crm["port"]}]
    own_program.config = {**own_program.config, "services": swapped}
    own_program.reload(own_program.config)
    own_program.until(own_program.loaded)
    assert "contacts" in own_program.get("crm").json()
    assert "jobs" in own_program.get("roofing").json()


def test_a_bad_reload_keeps_the_old_configuration_and_says_why(own_program: Program) -> None:
    program = own_program
    good = program.path.read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        crm, *rest = program.config["services"]
        program.reload({**program.config, "services": [{**crm, "port": taken.getsockname()[1]}, *rest]})
        program.until(lambda: program.ready()["config_error"] is not None)
    sentence = "services[0].port cannot be listened on (Address already in use); give a free port."
    assert program.ready()["config_error"] == sentence
    assert program.ready()["config_sha256"] == hashlib.sha256(good).hexdigest()
    assert all(program.get(kind).status_code == 200 for kind in KINDS)


def test_it_ends_promptly_with_answers_under_way(own_program: Program) -> None:
    own_program.fault("crm", {"fault": "stall"})
    with socket.create_connection(("127.0.0.1", own_program.config["services"][0]["port"])) as client:
        client.sendall(b"GET /stats HTTP/1.1\r\n\r\n")
        time.sleep(0.1)
        started = time.monotonic()
        own_program.process.terminate()
        assert own_program.process.wait(timeout=10) == 0
        assert time.monotonic() - started < 5, "it waited for the answer"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False)


def test_check_and_version(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"services": [{"name": "crm", "kind": "crm", "port": 8101}]}')
    good = run("--config", str(path), "--check")
    assert (good.returncode, good.stdout) == (0, f"{path}: valid, services: 1\n")
    path.write_text('{"services": []}')
    for extra in ([], ["--check"]):
        bad = run("--config", str(path), *extra)
        assert (bad.returncode, bad.stderr) == (1, "services is not a list with services; give at least one.\n")
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert run("--version").stdout.strip() == __version__ == galaxy["version"]
