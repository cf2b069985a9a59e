# SPDX-License-Identifier: GPL-3.0-or-later
"""The inbox as a process of its own, from its artifact, spoken to by real HTTP and SMTP clients."""

from __future__ import annotations

import hashlib
import json
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.inbox.describe import ARTIFACT
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.artifact import build
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).parents[3]
SHARED = "plugins/module_utils/notifications/protocols.py"
EVENT = {
    "routing_key": "0" * 32,
    "event_action": "trigger",
    "dedup_key": "k",
    "payload": {"summary": "s", "source": "here", "severity": "critical"},
}
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
KEY_AS_SHOWN = hashlib.sha256(b"0" * 32).hexdigest()[:32]


def _command(config: Path, *more: str) -> list[str]:
    """The artifact as the role builds it, but for the libraries: those are the tests' own."""
    return [sys.executable, str(_artifact()), *more, "--config", str(config)]


@cache
def _artifact() -> Path:
    return build(ARTIFACT.folder, None, ARTIFACT.module_utils)[0]


class Running:
    def __init__(self, directory: Path, **config: Any) -> None:
        self.ports = [_free_port(), _free_port()]
        document = {"listen": {"port": self.ports[0], "smtp_port": self.ports[1]}, **config}
        self.config = directory / "inbox.json"
        self.config.write_text(json.dumps(document))
        self.process = subprocess.Popen(_command(self.config), env=ENVIRONMENT, stderr=subprocess.PIPE)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.ports[0]}", trust_env=False)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                self.http.get("/readyz")
            except httpx.TransportError:
                assert self.process.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def smtp(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.ports[1], timeout=10)

    def messages(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/api/messages", params=query).json()["messages"]
        return found

    def close(self) -> None:
        self.http.close()
        self.process.terminate()
        self.process.communicate(timeout=10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mail(subject: str = "Alert") -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = subject, "alertmanager@here.example", "oncall@inbox.example"
    made.set_content("what to do")
    made.add_alternative("<p>what to do</p>", subtype="html")
    return made


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("inbox"), keep=50)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def empty(inbox: Running) -> None:
    assert inbox.http.delete("/api/messages").status_code == 204


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of localhost that vouches for itself, and its key."""
    directory = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = builder.sign(key, hashes.SHA256())
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (directory / "crt").write_bytes(made.public_bytes(pem))
    (directory / "key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    return directory / "crt", directory / "key"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Iterator[Running]:
    """With STARTTLS and a login."""
    directory = tmp_path_factory.mktemp("guarded")
    (directory / "password").write_text("example-password\n")
    smtp = {
        "username": "alertmanager",
        "password_file": "password",
        "certificate_file": str(certificate[0]),
        "key_file": str(certificate[1]),
    }
    made = Running(directory, smtp=smtp)
    yield made
    made.close()


def trusting(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


def test_it_accepts_what_the_check_of_a_release_accepts(inbox: Running) -> None:
    """By the same file."""
    with zipfile.ZipFile(_artifact()) as archive:
        packed = archive.read(f"ansible_collections/aetherlink/monitoring/{SHARED}")

    assert packed == (ROOT / SHARED).read_bytes()
    assert inbox.http.post("/slack/x", json={"blocks": [{"type": "divider"}]}).text == "ok"


def test_slack_answers_ok_and_keeps_the_message(inbox: Running) -> None:
    answer = inbox.http.post("/slack/slack-dev", json={"attachments": [{"text": "crm is down"}]})

    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["content-type"].startswith("text/plain")  # Alertmanager retries for ever on JSON
    (message,) = inbox.messages()
    assert (message["kind"], message["receiver"]) == ("slack", "slack-dev")
    assert message["body"] == {"attachments": [{"text": "crm is down"}]}
    assert abs(message["at"] - time.time()) < 10


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"{", "invalid_payload"),
        (b"[]", "invalid_payload"),
        (b"{}", "no_text"),
        (b'{"blocks": "odd"}', "invalid_blocks"),
        (b'{"attachments": ["odd"]}', "invalid_attachments"),
        (json.dumps({"attachments": [{"text": "t"}] * 101}).encode(), "too_many_attachments"),
    ],
)
def test_slack_refuses_in_its_own_words_and_keeps_nothing(inbox: Running, content: bytes, word: str) -> None:
    answer = inbox.http.post("/slack/slack-dev", content=content)

    assert (answer.status_code, answer.text) == (400, word)
    assert inbox.messages() == []


def test_pagerduty_processes_an_event(inbox: Running) -> None:
    answer = inbox.http.post("/pagerduty/oncall/v2/enqueue", json=EVENT)

    assert answer.status_code == 202
    assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "k"}
    assert inbox.messages()[0]["receiver"] == "oncall"
    assert inbox.messages()[0]["body"]["routing_key"] == KEY_AS_SHOWN
    assert EVENT["routing_key"] not in inbox.http.get("/").text


def test_pagerduty_makes_a_key_for_an_event_without_one(inbox: Running) -> None:
    keys = [
        inbox.http.post("/pagerduty/x/v2/enqueue", json={**EVENT, "dedup_key": no}).json()["dedup_key"]
        for no in ("", None)
    ]

    assert all(keys) and keys[0] != keys[1]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"routing_key": "short"}, "'routing_key' has not 32 characters"),
        ({"event_action": "shout"}, "'event_action' is none of trigger, acknowledge, resolve"),
        ({"event_action": "resolve", "dedup_key": ""}, "'dedup_key' is missing"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is longer than 255 characters"),
        ({"payload": {"summary": "s", "source": "here", "severity": "bad"}}, "'payload.severity' is none of"),
        ({"payload": {"source": "here", "severity": "info"}}, "'payload.summary' is missing"),
        ({"payload": {**EVENT["payload"], "summary": "s" * 1025}}, "'payload.summary' is longer than 1024"),  # type: ignore[dict-item]
    ],
)
def test_pagerduty_refuses_a_bad_event(inbox: Running, change: dict[str, Any], error: str) -> None:
    answer = inbox.http.post("/pagerduty/oncall/v2/enqueue", json={**EVENT, **change})

    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert any(said.startswith(error) for said in answer.json()["errors"])
    assert inbox.messages() == []


def test_what_is_too_large_is_refused(inbox: Running) -> None:
    assert inbox.http.post("/webhook/x", content=b'"' + b"x" * (1 << 20) + b'"').status_code == 413
    event = {**EVENT, "payload": {**EVENT["payload"], "custom_details": "x" * (512 << 10)}}  # type: ignore[dict-item]
    assert inbox.http.post("/pagerduty/x/v2/enqueue", json=event).status_code == 413


@pytest.mark.parametrize("content", [b'{"text": NaN}', b'{"text": ' + b"[" * 200 + b"]" * 200 + b"}"])
def test_what_could_not_be_shown_again_is_refused(inbox: Running, content: bytes) -> None:
    for path in ("/slack/x", "/pagerduty/x/v2/enqueue", "/webhook/x"):
        assert inbox.http.post(path, content=content).status_code == 400
    assert inbox.messages() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/slack/x", '{"text": "half a character: \\ud83d"}'),
        ("/webhook/x", '"no object"'),
        ("/pagerduty/x/v2/enqueue", json.dumps({**EVENT, "event_action": "resolve", "payload": "odd"})),
    ],
)
def test_what_is_odd_is_kept_and_shown(inbox: Running, path: str, body: str) -> None:
    assert inbox.http.post(path, content=body).is_success

    sent = json.loads(body)
    shown = sent | {"routing_key": KEY_AS_SHOWN} if "pagerduty" in path else sent
    assert [m["body"] for m in inbox.messages()] == [shown]
    assert inbox.http.get("/").status_code == 200


def test_messages_are_read_from_where_the_reader_was(inbox: Running) -> None:
    for number in range(3):
        inbox.http.post("/webhook/x", json={"number": number})

    first, *others = inbox.messages()
    assert [m["body"]["number"] for m in inbox.messages(after=first["id"])] == [1, 2]
    assert [m["id"] for m in others] == [first["id"] + 1, first["id"] + 2]
    for bad in ("x", "-1", "9" * 5000):
        assert inbox.http.get("/api/messages", params={"after": bad}).status_code == 400


def test_the_oldest_go_when_there_are_too_many(inbox: Running) -> None:
    for number in range(52):
        inbox.http.post("/webhook/x", json={"number": number})

    assert [m["body"]["number"] for m in inbox.messages()] == list(range(2, 52))


def test_the_page_says_that_it_is_a_double_and_runs_nothing_of_what_it_shows(inbox: Running) -> None:
    inbox.http.post("/slack/slack-dev", json={"attachments": [{"title": "<script>x</script>", "text": "a & b"}]})
    inbox.http.post("/slack/slack-dev", json={"text": "plain", "attachments": [{"title": "odd", "text": 5}]})
    inbox.http.post("/webhook/watchdog", json={"status": "firing", "commonLabels": {"alertname": "Watchdog"}})

    page = inbox.http.get("/").text
    assert "Nothing here was sent to anybody" in page
    assert "firing alertname=Watchdog" in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page and "<script>" not in page


def test_readiness_tells_which_configuration_is_in_use(inbox: Running) -> None:
    state = inbox.http.get("/readyz").json()

    assert len(state["config_sha256"]) == 64
    assert (state["ready"], state["config_error"]) == (True, None)
    assert inbox.http.get("/healthz").status_code == 200


def test_plain_mail_is_kept_where_no_login_is_wanted(inbox: Running) -> None:
    with inbox.smtp() as server:
        server.send_message(mail())

    (message,) = inbox.messages()
    assert (message["kind"], message["receiver"]) == ("email", "oncall")
    assert message["body"] == {
        "subject": "Alert",
        "from": "alertmanager@here.example",
        "to": "oncall@inbox.example",
        "tls": False,
        "authenticated": None,
        "text/plain": "what to do\n",
        "text/html": "<p>what to do</p>\n",
    }


def test_mail_in_an_unknown_character_set_is_kept_too(inbox: Running) -> None:
    with inbox.smtp() as server:
        server.sendmail("a@b.example", ["oncall"], b"Content-Type: text/plain; charset=nobodys\r\n\r\nhigh \xff")

    (message,) = inbox.messages()
    assert (message["receiver"], message["body"]["text/plain"]) == ("oncall", "high \N{REPLACEMENT CHARACTER}\n")


def test_a_mail_that_is_too_large_is_refused(inbox: Running) -> None:
    with inbox.smtp() as server, pytest.raises(smtplib.SMTPException):
        server.sendmail("a@b.example", ["oncall@x"], b"\r\n" + (b"x" * 70 + b"\r\n") * (5 << 20 >> 6))

    assert inbox.messages() == []


@pytest.mark.parametrize("method", ["auth_plain", "auth_login"])
def test_mail_comes_encrypted_and_after_a_login(guarded: Running, certificate: tuple[Path, Path], method: str) -> None:
    with guarded.smtp() as server:
        server._host = "localhost"  # type: ignore[attr-defined]  # the name that the certificate is checked for
        server.starttls(context=trusting(certificate))
        server.ehlo()
        server.user, server.password = "alertmanager", "example-password"
        server.auth(method.removeprefix("auth_").upper(), getattr(server, method))
        server.send_message(mail(method))

    body = guarded.messages()[-1]["body"]
    assert (body["subject"], body["tls"], body["authenticated"]) == (method, True, "alertmanager")


def test_a_wrong_password_no_login_or_no_encryption_is_refused(
    guarded: Running, certificate: tuple[Path, Path]
) -> None:
    before = guarded.messages()
    with guarded.smtp() as server:
        server._host = "localhost"  # type: ignore[attr-defined]
        server.starttls(context=trusting(certificate))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            server.login("alertmanager", "wrong")
    with guarded.smtp() as server, pytest.raises(smtplib.SMTPException):
        server.send_message(mail())
    with guarded.smtp() as server, pytest.raises(smtplib.SMTPException):
        server.login("alertmanager", "example-password")
    assert guarded.messages() == before


BAD = {
    "no JSON": ("{", "is not JSON; write it as JSON in UTF-8."),
    "an unknown key": ('{"listn": {}}', "the configuration: listn is not a known key"),
    "a bad port": ('{"listen": {"port": "http"}}', "listen.port is out of range; give a whole number from 1 to 65535."),
    "one port twice": ('{"listen": {"port": 1025}}', "listen.smtp_port is listen.port again; give each its own port."),
    "half a login": ('{"smtp": {"username": "u"}}', "smtp has a login in part; give username and password_file"),
    "half a certificate": ('{"smtp": {"key_file": "k"}}', "smtp has a certificate in part"),
    "no such certificate": (
        '{"smtp": {"certificate_file": "nowhere", "key_file": "k"}}',
        "nowhere and its key cannot be used",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_configuration_is_one_sentence(tmp_path: Path, case: str) -> None:
    text, sentence = BAD[case]
    (tmp_path / "inbox.json").write_text(text)
    command = _command(tmp_path / "inbox.json", "--check")
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_clients_that_say_nothing_do_not_hold_up_the_stop(tmp_path: Path) -> None:
    running = Running(tmp_path)
    silent = running.smtp()
    half = socket.create_connection(("127.0.0.1", running.ports[0]))
    half.sendall(b"POST /webhook/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
    running.http.get("/healthz")

    running.close()

    silent.close()
    half.close()


@pytest.mark.parametrize("key", ["port", "smtp_port"])
def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path, key: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = {"port": _free_port(), "smtp_port": _free_port(), key: taken.getsockname()[1]}
        (tmp_path / "inbox.json").write_text(json.dumps({"listen": listen}))
        command = _command(tmp_path / "inbox.json")
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)

    fix = "give a free port and an address of this host."
    assert (done.returncode, done.stderr) == (1, f"listen.{key} cannot be used (Address already in use); {fix}\n")
