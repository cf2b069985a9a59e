# SPDX-License-Identifier: GPL-3.0-or-later
"""The sinks of a check, as another user of the host meets them, and as Alertmanager does."""

from __future__ import annotations

import http.client
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications import sinks as sinks_module
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.sinks import Sinks, sinks

MAIL = "Subject: down\r\nX-Aetherlink-Receiver: mail\r\n\r\ncrm is down\r\n"


@pytest.fixture
def sink() -> Iterator[Sinks]:
    with sinks() as made:
        yield made


def post(sink: Sinks, path: str, body: bytes = b"{}", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", sink.http_port, timeout=5)
    try:
        connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse().status
    finally:
        connection.close()


def send(sink: Sinks, recipient: str, text: str = MAIL) -> None:
    with smtplib.SMTP("127.0.0.1", sink.smtp_port, timeout=5) as client:
        client.sendmail("alertmanager@localhost.example", [recipient], text)


def test_a_message_with_the_token_is_kept(sink: Sinks) -> None:
    assert post(sink, urlsplit(sink.url("slack", "a/b c")).path, b'{"text": "x"}') == 200
    send(sink, sink.mailbox)

    assert sink.of("slack", "a/b c") == [{"text": "x"}]
    assert [mail["subject"] for mail in sink.of("email", "mail")] == ["down"]


@pytest.mark.parametrize("path", ["/slack/team", "/{half}/slack/team", "/", "//", "/%00/slack/team"])
def test_a_post_without_the_token_is_dropped(sink: Sinks, path: str) -> None:
    assert post(sink, path.format(half=sink.token[:16])) == 404

    assert sink.messages == []


@pytest.mark.parametrize("recipient", ["somebody@localhost.example", "@localhost.example", "é@localhost.example"])
def test_mail_to_another_mailbox_is_dropped(sink: Sinks, recipient: str) -> None:
    with smtplib.SMTP("127.0.0.1", sink.smtp_port, timeout=5) as client:
        client.ehlo()
        client.docmd("MAIL FROM:<a@localhost.example>")
        client.sock.sendall(f"RCPT TO:<{recipient}>\r\n".encode())
        assert client.getreply()[0] == 550
        assert client.docmd("DATA")[0] == 550

    assert sink.messages == []


def test_every_check_has_another_token(sink: Sinks) -> None:
    with sinks() as other:
        assert other.token != sink.token and len(other.token) == 32


@pytest.mark.parametrize("length", ["-1", "x", "", "99999999999", "+5", "²"])
def test_a_length_that_is_none_or_too_large_is_refused_at_once(sink: Sinks, length: str) -> None:
    with socket.create_connection(("127.0.0.1", sink.http_port), timeout=5) as raw:
        path = urlsplit(sink.url("slack", "team")).path
        raw.sendall(f"POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())
        assert raw.recv(100).split(b" ")[1] == b"413"

    assert sink.messages == []


def test_a_mail_that_is_too_long_is_refused(sink: Sinks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks_module, "LONGEST", 1000)

    with pytest.raises(smtplib.SMTPException):
        send(sink, sink.mailbox, MAIL + "x" * 900 + "\r\n" + "x" * 900)
    assert sink.messages == []


def test_there_is_an_end_to_what_is_kept(sink: Sinks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks_module, "MOST", 2)
    path = urlsplit(sink.url("webhook", "team")).path

    assert [post(sink, path) for _ in range(3)] == [200, 200, 413]
    with pytest.raises(smtplib.SMTPException):
        send(sink, sink.mailbox)
    assert len(sink.messages) == 2


def test_there_is_an_end_to_connections_and_a_free_place_serves_again(
    sink: Sinks, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [socket.create_connection(("127.0.0.1", sink.http_port)) for _ in range(sinks_module.MOST_CONNECTIONS)]
    for connection in held:
        connection.sendall(b"POST ")
    with socket.create_connection(("127.0.0.1", sink.http_port), timeout=5) as one_too_many:
        assert one_too_many.recv(10) == b"", "it was not turned away"

    for connection in held:
        connection.close()
    path = urlsplit(sink.url("webhook", "team")).path
    for _ in range(50):
        try:
            assert post(sink, path) == 200
            break
        except OSError:
            continue
    assert sink.of("webhook", "team") == [{}]


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [("slack", 200, b"ok"), ("pagerduty", 202, b'"Event processed"'), ("webhook", 200, b"success")],
)
def test_each_service_is_answered_for(sink: Sinks, kind: str, status: int, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sink.http_port, timeout=5)
    connection.request("POST", urlsplit(sink.url(kind, "team")).path, b"no JSON \xff")
    answer = connection.getresponse()

    assert answer.status == status and body in answer.read()
    assert sink.of(kind, "team") == ["no JSON \N{REPLACEMENT CHARACTER}"]
    connection.close()


def test_a_mail_is_kept_with_its_texts_as_they_were_sent(sink: Sinks) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["To"], mail["X-Aetherlink-Receiver"] = "für crm", sink.mailbox, "mail"
    mail.set_content(".a line that begins with a dot\n")
    mail.add_alternative("<p>für</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", sink.smtp_port, timeout=5) as client:
        client.send_message(mail, "a@localhost.example")

    assert sink.of("email", "mail") == [
        {
            "subject": "für crm",
            "to": sink.mailbox,
            "text/plain": ".a line that begins with a dot\r\n",
            "text/html": "<p>für</p>\r\n",
        }
    ]


def test_two_mails_may_come_by_one_connection_and_other_commands_are_no_harm(sink: Sinks) -> None:
    with smtplib.SMTP("127.0.0.1", sink.smtp_port, timeout=5) as client:
        for _ in range(2):
            client.sendmail("alertmanager@localhost.example", [sink.mailbox], MAIL)
        assert client.docmd("VRFY root")[0] == 502

    assert len(sink.messages) == 2


def test_after_the_block_nobody_listens() -> None:
    with sinks() as sink:
        ports = (sink.http_port, sink.smtp_port)

    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
