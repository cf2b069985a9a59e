# SPDX-License-Identifier: GPL-3.0-or-later
"""Command Center as a process with TLS and passwords: who gets in, with what certificate, and what every answer has."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.unit.command_center.pair import shown_name, trust, users_text, write_pair
from tests.unit.command_center.program import PASSWORD, Program, run, sha256, stats

Start = Callable[..., Program]
PATHS = ("/", "/metrics", "/api/fleet", "/healthz", "/readyz", "/nothing", "/metrics/", "/../etc/passwd", "//")
STRICT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


@pytest.fixture
def secured(start: Start, tmp_path: Path) -> Callable[..., Program]:
    """Starts a program with TLS, and the users machine and ada."""

    def begin(**changes: object) -> Program:
        (tmp_path / "web_users").write_text(users_text(machine=PASSWORD, ada="ada's own word"))
        return start(
            **{
                "env": "prod",
                "listen": {"tls": write_pair(tmp_path, "first")},
                "basic_auth": {"users_file": "web_users"},
                **changes,
            }
        )

    return begin


def raw(port: int, text: bytes, context: ssl.SSLContext | None = None) -> bytes:
    """All that the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        sock = context.wrap_socket(plain, server_hostname="127.0.0.1") if context else plain
        sock.sendall(text)
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
        return answer


def test_without_a_password_no_path_and_no_method_answers(secured: Callable[..., Program]) -> None:
    program = secured()
    for auth in (None, ("machine", "wrong"), ("nobody", PASSWORD), ("machine", ""), ("", "")):
        with program.connect(auth=auth) as client:
            for path in PATHS:
                answer = client.get(path)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == 'Basic realm="Command Center", charset="UTF-8"'
                assert answer.text == "a user and a password are needed\n"
    with program.connect(auth=None) as client:
        for method in ("HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
            answer = client.request(method, "/metrics")
            assert answer.status_code == 401
            assert STRICT.items() <= dict(answer.headers).items()
    assert program.client.get("/metrics").status_code == 200
    with program.connect(auth=("ada", "ada's own word")) as client:
        assert client.get("/api/fleet").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic bWFjaGluZQ==", "Bearer x", "Basic " + "A" * 8000, "Basic \xff"],
)
def test_an_odd_authorization_is_none(secured: Callable[..., Program], header: str) -> None:
    program = secured()
    with program.connect(auth=None) as client:
        assert client.get("/metrics", headers={"Authorization": header.encode("latin-1")}).status_code == 401
        twice = [("Authorization", program.client.get("/").request.headers["Authorization"])] * 2
        assert client.get("/metrics", headers=twice).status_code == 401


def test_every_answer_has_the_strict_headers_and_no_server(secured: Callable[..., Program]) -> None:
    program = secured()
    port, context = program.config["listen"]["port"], trust(program.config["listen"]["tls"]["certificate_file"])
    strangers = program.connect(auth=None)
    answers = {
        200: program.client.get("/metrics"),
        401: strangers.get("/metrics"),
        404: program.client.get("/nothing"),
        405: program.client.post("/metrics"),
        413: program.client.request("GET", "/metrics", content=b"x"),
    }
    strangers.close()
    expected = {**STRICT, "strict-transport-security": "max-age=86400"}
    for status, answer in answers.items():
        assert answer.status_code == status
        assert expected.items() <= dict(answer.headers).items()
        assert "server" not in answer.headers
    refused = raw(port, b"GET / HTTP/9.9.9\r\n\r\n", context).decode().lower()
    assert refused.startswith("http/1.1 400 ")
    assert all(f"{name}: {value}\r\n".lower() in refused for name, value in expected.items())
    assert "server:" not in refused


def test_browsers_are_not_tied_to_https_in_dev_nor_without_it(start: Start, secured: Callable[..., Program]) -> None:
    for program in (secured(env="dev"), start(env="prod")):
        headers = program.client.get("/").headers
        assert "strict-transport-security" not in headers
        assert STRICT.items() <= dict(headers).items()


def test_an_answer_of_a_fault_has_them_too(start: Start, tmp_path: Path) -> None:
    """A page that fails stands in for a fault of the program's own."""
    (tmp_path / "sitecustomize.py").write_text(
        "import command_center.fleet as f\ndef page(self): raise RuntimeError\nf.Fleet.page = page\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        from tests.unit.command_center import program as module

        path = f"{tmp_path}:{module.ENVIRONMENT['PYTHONPATH']}"
        patch.setitem(module.ENVIRONMENT, "PYTHONPATH", path)
        program = start()
    answer = program.client.get("/metrics")
    assert answer.status_code == 500
    assert answer.text == "Internal Server Error"
    assert STRICT.items() <= dict(answer.headers).items()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_it_speaks_tls_1_2_and_1_3_alone(secured: Callable[..., Program]) -> None:
    program = secured()
    tls = program.config["listen"]["tls"]
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = trust(tls["certificate_file"])
        context.minimum_version = context.maximum_version = version
        with program.connect(verify=context) as client:
            assert client.get("/healthz").status_code == 200
    old = trust(tls["certificate_file"])
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with program.connect(verify=old) as client, pytest.raises(httpx.ConnectError):
        client.get("/healthz")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{program.config['listen']['port']}/", trust_env=False)


def test_a_renewed_certificate_is_shown_without_a_restart(secured: Callable[..., Program], tmp_path: Path) -> None:
    program = secured()
    port = program.config["listen"]["port"]
    assert shown_name(port) == "first"
    loads = program.ready()["config_loads"]
    write_pair(tmp_path, "second")
    program.until(lambda: shown_name(port) == "second")
    assert program.ready()["config_loads"] == loads, "the connection from before is as good as it was"
    assert "the certificate was renewed" in program.log.read_text()


def test_a_broken_certificate_is_logged_once_and_the_old_one_kept(
    secured: Callable[..., Program], tmp_path: Path
) -> None:
    program = secured()
    port = program.config["listen"]["port"]
    (tmp_path / "elsewhere").mkdir()
    other = Path(write_pair(tmp_path / "elsewhere", "other")["key_file"]).read_bytes()
    for broken in (b"no key", other):
        (tmp_path / "key.pem").write_bytes(broken)
        before = program.log.read_text().count("the new certificate is not used")
        program.until(lambda: program.log.read_text().count("the new certificate is not used") > before)  # noqa: B023
        program.reload(json.dumps(program.config))
        time.sleep(1.5)
        assert shown_name(port) == "first"
        assert program.log.read_text().count("the new certificate is not used") == before + 1
    assert "key values mismatch" in program.log.read_text()
    assert program.ready()["config_error"] is None
    write_pair(tmp_path, "third")
    program.until(lambda: shown_name(port) == "third")


def test_a_reload_takes_on_another_password_and_keeps_the_counters(
    secured: Callable[..., Program], server: str, tmp_path: Path
) -> None:
    program = secured(verticals=[stats("down", f"{server}/status_500")])
    counter = 'aether_verticals_scrape_errors_total{env="prod",reason="http_status",service="down"}'

    def errors() -> float:
        lines = program.client.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(counter)).rsplit(" ", 1)[1])

    program.until(lambda: errors() >= 2)
    before, loads, old = errors(), program.ready()["config_loads"], program.client
    (tmp_path / "web_users").write_text(users_text(machine="another long word"))
    program.client = program.connect(auth=("machine", "another long word"))
    program.reload(program.path.read_text())
    program.until(lambda: program.client.get("/readyz").status_code == 200)
    assert program.ready()["config_sha256"] == sha256(program.path)
    assert program.ready()["config_loads"] == loads + 1, "by which a deploy sees it, though the file is the same"
    assert errors() >= before
    assert old.get("/metrics").status_code == 401, "on a connection of before, too"
    old.close()
    with program.connect(auth=("ada", "ada's own word")) as client:
        assert client.get("/metrics").status_code == 401


def test_a_reload_with_bad_users_lets_the_old_ones_in(secured: Callable[..., Program], tmp_path: Path) -> None:
    program = secured()
    (tmp_path / "web_users").write_text("machine:plain SECRET\n")
    program.reload(program.path.read_text())
    program.until(lambda: program.ready()["config_error"] is not None)
    assert program.ready()["config_error"].startswith("basic_auth.users_file: line 1 has no hash of a password;")
    assert "SECRET" not in program.log.read_text()


def test_a_reload_turns_tls_and_passwords_on_and_off(start: Start, tmp_path: Path) -> None:
    program = start()
    plain = program.config
    (tmp_path / "web_users").write_text(users_text(machine=PASSWORD))
    tls = {"listen": {**plain["listen"], "tls": write_pair(tmp_path, "first")}}
    for config in ({**plain, **tls, "basic_auth": {"users_file": "web_users"}}, {**plain, **tls}, plain):
        program.client.close()
        program.config = config
        program.client = program.connect()
        program.reload(json.dumps(config))
        program.until(lambda: program.ready()["config_sha256"] == sha256(program.path))
        with program.connect(auth=None) as stranger:
            assert stranger.get("/metrics").status_code == (401 if "basic_auth" in config else 200)


def test_a_certificate_that_cannot_be_used_ends_the_start_and_refuses_the_reload(
    start: Start, write_config: Callable[..., Path], free_port: Callable[[], int], tmp_path: Path
) -> None:
    program = start()
    pair = write_pair(tmp_path, "first")
    Path(pair["key_file"]).write_text("no key")
    listen = {"port": free_port(), "tls": pair}
    program.reload(json.dumps({**program.config, "listen": listen}))
    program.until(lambda: program.ready()["config_error"] is not None)
    assert program.ready()["config_error"].startswith("listen.tls cannot be used (")
    for extra in ([], ["--check"]):
        result = run("--config", str(write_config(listen=listen)), *extra)
        assert result.returncode == 1
        assert result.stderr.splitlines()[-1].startswith("listen.tls cannot be used (")
        assert "Traceback" not in result.stderr
    Path(pair["key_file"]).unlink()
    assert run("--config", str(write_config(listen=listen)), "--check").returncode == 0, "it may still be made"
    assert run("--config", str(write_config(listen=listen))).returncode == 1


def test_a_flood_of_wrong_passwords_does_not_starve_a_scrape(secured: Callable[..., Program]) -> None:
    program = secured()
    assert program.client.get("/metrics").status_code == 200
    stop = threading.Event()
    seen: set[int] = set()

    def flood(number: int) -> None:
        with program.connect(auth=None) as client:
            while not stop.is_set():
                with contextlib.suppress(httpx.TransportError):  # a busy machine may let one wait too long
                    seen.add(client.get("/metrics", auth=("machine", f"{number} {time.monotonic()}")).status_code)

    threads = [threading.Thread(target=flood, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        longest = 0.0
        for _ in range(20):
            started = time.perf_counter()
            assert program.client.get("/metrics").status_code == 200
            longest = max(longest, time.perf_counter() - started)
            time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert longest < 3  # of the 10 s that Prometheus gives it; the clients' own threads are in the way, too
    assert seen == {401, 429}


def test_paths_lead_nowhere_but_to_the_pages(start: Start) -> None:
    port = start().config["listen"]["port"]
    for path in (
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/metrics/../../etc/passwd",
        "/metrics%2f..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/metrics%00",
        "/%ff%fe",
        "/metrics/",
        "http://evil.example/metrics",
    ):
        answer = raw(port, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode()).decode()
        assert answer.startswith("HTTP/1.1 404 "), path
        assert "root:" not in answer
        assert "evil.example" not in answer
