# SPDX-License-Identifier: GPL-3.0-or-later
"""Command Center as a process: starts, answers, reloads, ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml
from command_center import __version__

from tests.unit.command_center.program import COMMAND, ENVIRONMENT, ROOT, Program, run, sha256, stats

WriteConfig = Callable[..., Path]


def test_it_answers_every_page(start: Callable[..., Program], server: str) -> None:
    program = start(verticals=[stats("crm", f"{server}/good")])
    program.until(lambda: 'aether_service_up{env="dev",service="crm"} 1.0' in program.client.get("/metrics").text)
    metrics = program.client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "server" not in metrics.headers
    assert 'aether_platform_total_contacts{env="dev"} 120.0' in metrics.text
    assert program.client.get("/healthz").text == "ok\n"
    assert "/metrics" in program.client.get("/").text
    assert program.client.get("/api/fleet").json()["verticals"][0]["up"] is True
    assert program.client.get("/nothing").status_code == 404
    assert program.ready() == {
        "ready": True,
        "config_sha256": sha256(program.path),
        "version": __version__,
        "config_error": None,
        "config_loads": 1,
    }


def test_it_is_there_to_be_read_only(start: Callable[..., Program]) -> None:
    client = start().client
    for path in ("/", "/healthz", "/readyz", "/metrics", "/api/fleet"):
        assert client.head(path).status_code == 200
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert client.request(method, path).status_code == 405


def test_metrics_never_wait_for_a_vertical(start: Callable[..., Program], server: str) -> None:
    faults = (
        "stall",
        "drip",
        "huge",
        "bomb",
        "endless_head",
        "endless_interim",
        "very_deep",
        "near_limit",
        "wild_keys",
    )
    verticals = [*(stats(f, f"{server}/p/{f}") for f in faults), stats("crm", f"{server}/p/good")]
    program = start(interval_seconds=15, timeout_seconds=15, verticals=verticals)
    longest = 0.0
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        started = time.perf_counter()
        page = program.client.get("/metrics").text
        longest = max(longest, time.perf_counter() - started)
    assert longest < 3  # a page that waited would take the timeout's 15 s; other tests share the machine
    assert 'aether_service_up{env="dev",service="crm"} 1.0' in page


def test_a_reload_takes_on_the_new_file_and_keeps_the_counters(start: Callable[..., Program], server: str) -> None:
    down = stats("down", f"{server}/status_500")
    program = start(verticals=[down, stats("crm", f"{server}/good")])
    counter = 'aether_verticals_scrape_errors_total{env="dev",reason="http_status",service="down"}'

    def errors() -> float:
        lines = program.client.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(counter)).rsplit(" ", 1)[1])

    program.until(lambda: errors() >= 2)
    before = errors()
    program.reload(json.dumps({**program.config, "verticals": [down, stats("media", f"{server}/good")]}))
    program.until(lambda: program.ready()["config_sha256"] == sha256(program.path))
    assert errors() >= before
    program.until(lambda: 'service="media"' in program.client.get("/metrics").text)
    assert 'service="crm"' not in program.client.get("/metrics").text


def test_a_bad_reload_keeps_the_old_configuration_and_says_why(start: Callable[..., Program]) -> None:
    program = start()
    good, digest = program.path.read_text(), sha256(program.path)
    program.reload(json.dumps({**program.config, "interval_seconds": "often"}))
    program.until(lambda: program.ready()["config_error"] is not None)
    answer = program.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "config_sha256": digest,
        "version": __version__,
        "config_error": "interval_seconds is out of range; give a number from 0.1 to 3600.",
        "config_loads": 1,
    }
    program.reload(good)
    program.until(lambda: program.ready()["config_error"] is None)
    assert program.ready()["config_loads"] == 2, "the same file read again is another load"


def test_a_reload_moves_to_another_address(start: Callable[..., Program], free_port: Callable[[], int]) -> None:
    program = start()
    old = program.client
    config = {**program.config, "listen": {"port": free_port()}}
    program.client = httpx.Client(base_url=Program.url(config), trust_env=False)
    program.reload(json.dumps(config))
    program.until(lambda: program.ready()["config_sha256"] == sha256(program.path))
    with pytest.raises(httpx.TransportError):
        old.get("/readyz")
    old.close()


def test_a_reload_to_an_address_that_is_taken_stays_where_it_is(start: Callable[..., Program]) -> None:
    program = start()
    digest = sha256(program.path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program.reload(json.dumps({**program.config, "listen": {"port": taken.getsockname()[1]}}))
        program.until(lambda: program.ready()["config_error"] is not None)
    assert program.ready()["config_error"] == (
        "listen cannot be used (Address already in use); give a free port and an address of this host."
    )
    assert program.ready()["config_sha256"] == digest


def test_it_ends_promptly_with_asks_and_clients_under_way(start: Callable[..., Program], server: str) -> None:
    stalling = [stats(f"v{n}", f"{server}/end/stall") for n in range(20)]
    program = start(interval_seconds=30, timeout_seconds=30, verticals=stalling)
    program.client.get("/metrics")  # and keeps its connection
    idle = socket.create_connection(("127.0.0.1", program.config["listen"]["port"]))
    idle.sendall(b"GET /metrics HTTP/1.1\r\nHost:")
    time.sleep(0.5)
    started = time.monotonic()
    program.process.terminate()
    assert program.process.wait(timeout=5) == 0
    assert time.monotonic() - started < 2
    idle.close()
    assert "Traceback" not in program.log.read_text()


def test_a_name_lookup_that_hangs_does_not_hold_up_the_end(
    write_config: WriteConfig, free_port: Callable[[], int]
) -> None:
    """socket.getaddrinfo is replaced by one that never returns; everything else is the program as it is."""
    path = write_config(listen={"port": free_port()}, verticals=[stats("lost", "http://lost.example/")])
    hang = (
        "import socket, sys, threading; hanging = threading.Event();"
        "socket.getaddrinfo = lambda *a, **k: (print('hangs', flush=True), hanging.wait());"
        "from command_center.__main__ import main; main()"
    )
    command = [sys.executable, "-c", hang, "--config", str(path)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        assert process.stdout.readline() == b"hangs\n"
        started = time.monotonic()
        process.terminate()
        try:
            assert process.wait(timeout=5) == 0
        finally:
            process.kill()
        assert time.monotonic() - started < 2


def test_a_reload_asked_for_while_starting_does_not_end_it(
    write_config: WriteConfig, free_port: Callable[[], int]
) -> None:
    path = write_config(listen={"port": free_port()})
    with subprocess.Popen([*COMMAND, str(path)], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        stop = threading.Event()
        # The interpreter itself needs a moment before the first line of the program is run.
        time.sleep(0.1)
        ignores_hangup(process.pid)
        while not stop.wait(0.01):
            process.send_signal(signal.SIGHUP)
            if httpx_ok(f"http://127.0.0.1:{json.loads(path.read_text())['listen']['port']}/readyz"):
                break
            assert process.poll() is None
        process.terminate()
        assert process.wait(timeout=5) == 0


def ignores_hangup(pid: int) -> None:
    """Wait until the process ignores or catches SIGHUP."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        if (int(fields["SigIgn"], 16) | int(fields["SigCgt"], 16)) & 1:
            return
        time.sleep(0.001)
    pytest.fail("SIGHUP was never handled")


def httpx_ok(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_raw_keys_are_in_no_page_and_no_log(start: Callable[..., Program], server: str, tmp_path: Path) -> None:
    (tmp_path / "aliases.json").write_text('{"raw-1": "importer"}')
    program = start(
        verticals=[
            stats("crm", f"{server}/good"),
            stats("wild", f"{server}/wild_keys"),
            stats("bad", f"{server}/key_negative"),
        ],
        attribution={"aliases_file": "aliases.json"},
        state_dir=str(tmp_path),
    )
    writes = 'aether_attribution_writes_total{env="dev",key="importer"} 9.0'
    program.until(lambda: writes in program.client.get("/metrics").text)
    everything = program.client.get("/metrics").text + program.client.get("/api/fleet").text + program.log.read_text()
    assert "raw" not in everything
    assert "kkkk" not in everything
    assert 'key="key-' in everything


def test_the_digest_key_is_kept_over_restarts(start: Callable[..., Program], server: str, tmp_path: Path) -> None:
    def key_lines(program: Program) -> list[str]:
        program.until(lambda: 'key="key-' in program.client.get("/metrics").text)
        return [line.split("}")[0] for line in program.client.get("/metrics").text.splitlines() if 'key="key-' in line]

    changes = {"verticals": [stats("crm", f"{server}/good")], "state_dir": str(tmp_path)}
    first, second = start(**changes), start(**changes)
    assert key_lines(first) == key_lines(second)


def test_check_says_that_a_configuration_is_good_and_makes_nothing(write_config: WriteConfig, tmp_path: Path) -> None:
    path = write_config(state_dir=str(tmp_path / "state"))
    result = run("--config", str(path), "--check")
    assert (result.returncode, result.stdout) == (0, f"{path}: valid, verticals: 0\n")
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("extra", [[], ["--check"]])
def test_a_bad_configuration_ends_with_one_sentence(write_config: WriteConfig, extra: list[str]) -> None:
    path = write_config(verticals=[stats("crm", "http://user:hunter2@127.0.0.1/")])
    result = run("--config", str(path), *extra)
    assert result.returncode == 1
    assert result.stderr == "verticals[0].url has credentials in it; give the URL without user name and password.\n"


def test_a_port_that_is_taken_ends_with_one_sentence(write_config: WriteConfig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("--config", str(write_config(listen={"port": taken.getsockname()[1]}, attribution={})))
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "listen cannot be used (Address already in use); give a free port and an address of this host."
    )
    assert "Traceback" not in result.stderr


def test_the_version_is_the_collections() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert run("--version").stdout.strip() == __version__ == galaxy["version"]
