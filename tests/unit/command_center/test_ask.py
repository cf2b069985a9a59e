# SPDX-License-Identifier: GPL-3.0-or-later
"""One ask against a server that misbehaves for real: each way has its reason, and none takes long or gets through."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

import pytest
from command_center.ask import ask
from command_center.config import Config, Vertical
from command_center.outcome import Answer, AskError, Reason
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

MakeConfig = Callable[..., Config]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def vertical(url: str) -> Vertical:
    return Vertical("crm", "stats", url, None)


@pytest.fixture
def config(make_config: MakeConfig) -> Config:
    return make_config(interval_seconds=5, timeout_seconds=5)


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve nothing, until the client goes away."""
    await reader.read()
    writer.close()


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The https URL of a server; its end waits for no connection, as some Pythons forget those of failed handshakes."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vertical")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Encoding.PEM
    both = key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(pem)
    (tmp_path / "both.pem").write_bytes(both)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    return context


async def failure(url: str, config: Config) -> AskError:
    with pytest.raises(AskError) as caught:
        await ask(vertical(url), config)
    return caught.value


async def test_a_good_answer_is_read(server: str, config: Config) -> None:
    answer = await ask(vertical(f"{server}/good"), config)
    assert answer.totals == {"contacts": 120, "deals": 14}
    assert answer.writes == {"raw-1": 9}
    assert answer.timestamp == pytest.approx(time.time(), abs=60)


async def test_a_good_exposition_is_read(server: str, config: Config) -> None:
    asked = Vertical(
        "property",
        "exposition",
        f"{server}/good_exposition",
        {"properties": "property_records"},
        timestamp_metric="property_updated",
        attribution_metric="property_writes_total",
        attribution_label="key",
    )
    answer = await ask(asked, config)
    assert answer == Answer({"properties": 42}, answer.timestamp, {"raw-2": 5, "raw-3": 6})


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("many_series", Reason.WRONG_SHAPE),
        ("heavy_series", Reason.NOT_EXPOSITION),
        ("huge", Reason.TOO_LARGE),
        ("garbage", Reason.NOT_EXPOSITION),
        ("html", Reason.WRONG_SHAPE),
    ],
)
async def test_each_misbehaviour_of_an_exposition_has_its_reason(
    server: str, make_config: MakeConfig, path: str, reason: Reason
) -> None:
    config = make_config(interval_seconds=30, timeout_seconds=30)  # the heavy ones take their time on a busy machine
    asked = Vertical("property", "exposition", f"{server}/{path}", {"properties": "property_records"})
    with pytest.raises(AskError) as caught:
        await ask(asked, config)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("huge", Reason.TOO_LARGE),
        ("huge_declared", Reason.TOO_LARGE),
        ("huge_chunked", Reason.TOO_LARGE),
        ("bomb", Reason.ENCODING),
        ("early_close", Reason.PROTOCOL),
        ("no_answer", Reason.PROTOCOL),
        ("reset", Reason.PROTOCOL),
        ("not_http", Reason.PROTOCOL),
        ("endless_head", Reason.PROTOCOL),
        ("flood_interim", Reason.PROTOCOL),
        ("flood_chunks", Reason.TOO_LARGE),
        ("flood_extensions", Reason.TOO_LARGE),
        ("status_500", Reason.HTTP_STATUS),
        ("status_204", Reason.HTTP_STATUS),
        ("redirect", Reason.REDIRECT),
        ("redirect_garbage", Reason.REDIRECT),
        ("garbage", Reason.NOT_JSON),
        ("html", Reason.NOT_JSON),
        ("empty", Reason.NOT_JSON),
        ("nan", Reason.NOT_JSON),
        ("long_int", Reason.NOT_JSON),
        ("list", Reason.WRONG_SHAPE),
        ("near_limit", Reason.WRONG_SHAPE),
        ("very_deep", Reason.WRONG_SHAPE),
        ("long_text", Reason.WRONG_SHAPE),
        ("infinity", Reason.WRONG_SHAPE),
        ("big_int", Reason.WRONG_SHAPE),
        ("huge_int", Reason.WRONG_SHAPE),
        ("negative", Reason.WRONG_SHAPE),
        ("bool", Reason.WRONG_SHAPE),
        ("string_number", Reason.WRONG_SHAPE),
        ("null", Reason.WRONG_SHAPE),
        ("summary_list", Reason.WRONG_SHAPE),
        ("no_summary", Reason.WRONG_SHAPE),
        ("no_timestamp", Reason.WRONG_SHAPE),
        ("naive_timestamp", Reason.WRONG_SHAPE),
        ("odd_timestamp", Reason.WRONG_SHAPE),
        ("future_timestamp", Reason.WRONG_SHAPE),
        ("attribution_list", Reason.WRONG_SHAPE),
        ("key_number", Reason.WRONG_SHAPE),
        ("key_negative", Reason.WRONG_SHAPE),
        ("many_keys", Reason.WRONG_SHAPE),
    ],
)
async def test_each_misbehaviour_has_its_reason(server: str, config: Config, path: str, reason: Reason) -> None:
    error = await failure(f"{server}/{path}", config)
    assert error.reason is reason
    assert error.sentence
    assert "raw-" not in str(error)


async def test_deep_nesting_is_harmless(server: str, config: Config) -> None:
    error = await failure(f"{server}/deep", config)
    assert error.reason in (Reason.NOT_JSON, Reason.WRONG_SHAPE)  # Python versions differ in how deep they follow


@pytest.mark.parametrize("path", ["stall", "large_stall", "drip", "drip_head", "endless_interim"])
async def test_the_deadline_is_for_the_whole_ask(server: str, make_config: MakeConfig, path: str) -> None:
    config = make_config()  # 0.3 s, while each byte of a drip comes after 0.05 s
    started = time.perf_counter()
    error = await failure(f"{server}/{path}", config)
    assert error.reason is Reason.TIMEOUT
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("path", ["flood_interim", "flood_chunks", "flood_extensions", "huge_chunked"])
async def test_a_flood_does_not_hold_up_the_other_work(server: str, config: Config, path: str) -> None:
    async def longest_hold_up() -> float:  # in time of the processor, so that a busy machine does not count
        longest, last = 0.0, time.thread_time()
        while not asked.done():
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, last = max(longest, now - last), now
        return longest

    asked = asyncio.create_task(failure(f"{server}/{path}", config))
    assert await longest_hold_up() < 0.1  # some 10 ms; 200 ms where a parser is given all that there is
    await asked


async def test_a_refused_connection_is_told_in_the_systems_words(config: Config, free_port: Callable[[], int]) -> None:
    error = await failure(f"http://127.0.0.1:{free_port()}/", config)
    assert (error.reason, error.sentence) == (Reason.CONNECT, "no connection: Connection refused")


async def test_all_addresses_of_a_name_refusing_is_told_the_same(config: Config, free_port: Callable[[], int]) -> None:
    error = await failure(f"http://localhost:{free_port()}/", config)
    assert (error.reason, error.sentence) == (Reason.CONNECT, "no connection: Connection refused")


async def test_a_name_that_does_not_resolve(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", fail)
    error = await failure("http://vertical.example/", config)
    assert (error.reason, error.sentence) == (Reason.CONNECT, "the host name cannot be resolved")


async def test_plain_http_behind_an_https_url_is_a_tls_error(config: Config) -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with listening(plain) as url:
        error = await failure(url, config)
    assert (error.reason, error.sentence) == (Reason.TLS, "the TLS handshake failed")


async def test_a_certificate_that_nobody_vouches_for_is_a_tls_error(
    config: Config, self_signed: ssl.SSLContext
) -> None:
    async with listening(hold, self_signed) as url:
        error = await failure(url, config)
    assert error.reason is Reason.TLS
    assert error.sentence == "the certificate is not accepted: self-signed certificate"


async def test_a_client_certificate_that_is_asked_for_in_vain_is_a_tls_error(
    config: Config, self_signed: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In TLS 1.3 the server says so only after the handshake, where the first read meets it."""
    self_signed.verify_mode = ssl.CERT_REQUIRED
    self_signed.load_verify_locations(tmp_path / "both.pem")
    trusting = ssl.create_default_context(cafile=tmp_path / "both.pem")
    monkeypatch.setattr("command_center.ask._tls_context", lambda: trusting)

    def refuse(listener: socket.socket) -> None:
        plain, _ = listener.accept()
        with plain, self_signed.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as tls:
            with pytest.raises(ssl.SSLError):
                tls.do_handshake()
            with socket.socket(fileno=os.dup(tls.fileno())) as rest:
                rest.recv(1000)  # the request; left unread, it would turn the alert into a reset

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = asyncio.create_task(asyncio.to_thread(refuse, listener))
        error = await failure(f"https://127.0.0.1:{listener.getsockname()[1]}/", config)
        await server
    assert (error.reason, error.sentence) == (Reason.TLS, "the TLS connection failed before the answer was complete")


async def test_a_good_answer_over_tls_is_read(
    config: Config, self_signed: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"GET /stats?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
        body = b'{"summary": {"contacts": 5}, "timestamp": "2025-11-07T10:00:00Z"}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    trusting = ssl.create_default_context(cafile=tmp_path / "both.pem")
    monkeypatch.setattr("command_center.ask._tls_context", lambda: trusting)
    async with listening(serve, self_signed) as url:
        assert (await ask(vertical(f"{url}stats?a=b"), config)).totals == {"contacts": 5}


async def test_a_tls_handshake_that_never_ends_meets_the_deadline(make_config: MakeConfig) -> None:
    async with listening(hold) as url:
        error = await failure(url, make_config())
    assert error.reason is Reason.TIMEOUT


async def test_wild_keys_are_harmless(server: str, config: Config) -> None:
    answer = await ask(vertical(f"{server}/wild_keys"), config)
    assert sorted(answer.writes.values()) == [1, 2]
    assert "raw" not in repr(answer)


async def test_proxies_of_the_environment_are_not_used(
    server: str, config: Config, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    assert (await ask(vertical(f"{server}/good"), config)).totals


async def test_an_ask_that_is_called_off_leaves_no_connection(server: str, config: Config) -> None:
    task = asyncio.create_task(ask(vertical(f"{server}/called-off/stall"), config))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.rsplit(":", 1)[1]))
    writer.write(b"GET /inflight HTTP/1.1\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    assert '"/called-off/stall": 0' in answer
