# SPDX-License-Identifier: GPL-3.0-or-later
"""Access: by HTTPS of one authority, with a password from a file, past any proxy; what does not fit is a phrase."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
import urllib.error
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils import access as module
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access, AccessError, is_own

Serve = Callable[[ssl.SSLContext | None], Any]
HEADER = f"Basic {base64.b64encode(b'aetherlink:correct horse').decode()}"


def ask(server: Any, access: Access, path: str = "/") -> str:
    with access.open(f"{server.url}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def refusal(server: Any, access: Access) -> str:
    with pytest.raises(AccessError) as caught:
        ask(server, access)
    return str(caught.value)


def answer_once(raw: bytes) -> str:
    """URL of a server that answers these bytes to the first question."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(4096)
            connection.sendall(raw)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


# HTTPS


def test_the_authoritys_certificate_is_good_on_loopback_whatever_host_it_names(
    component: Any, access: dict[str, str]
) -> None:
    assert ask(component, Access(access["ca_file"])) == "well"
    assert component.authorizations == [""]


def test_another_authoritys_certificate_is_not(serve: Serve, authorities: Any, access: dict[str, str]) -> None:
    server = serve(authorities.other.context("127.0.0.1"))

    assert refusal(server, Access.of(access)).startswith(f"its certificate is not one of {authorities.own.file}: ")
    assert server.authorizations == []  # the password went nowhere


def test_without_an_authority_it_is_the_hosts_list_that_counts(component: Any) -> None:
    assert refusal(component, Access()).startswith("its certificate is not one of the host's list of authorities: ")


def test_of_another_host_the_certificate_has_to_name_it(
    component: Any, access: dict[str, str], serve: Serve, authorities: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_own", lambda host: False)

    assert refusal(component, Access.of(access)) == "its certificate does not name 127.0.0.1"
    assert ask(serve(authorities.own.context("127.0.0.1")), Access.of(access)) == "well"


def test_a_certificate_that_has_expired_is_told(serve: Serve, authorities: Any, access: dict[str, str]) -> None:
    told = refusal(serve(authorities.own.context("127.0.0.1", days=-1)), Access.of(access))

    assert told == "its certificate is not valid at this time: certificate has expired"


def test_tls_1_1_is_refused_and_1_2_taken(serve: Serve, authorities: Any, access: dict[str, str]) -> None:
    old, new = authorities.own.context("127.0.0.1"), authorities.own.context("127.0.0.1")
    for context, version in ((old, ssl.TLSVersion.TLSv1_1), (new, ssl.TLSVersion.TLSv1_2)):
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning) if context is old else contextlib.nullcontext():
            context.minimum_version = context.maximum_version = version

    assert refusal(serve(old), Access.of(access)).startswith("it speaks no TLS 1.2 or newer (")
    assert ask(serve(new), Access.of(access)) == "well"


def test_plain_http_where_https_is_asked_for_is_told(serve: Serve, access: dict[str, str]) -> None:
    server = serve(None)
    server.url = server.url.replace("http:", "https:")

    assert refusal(server, Access.of(access)) == "it speaks no HTTPS there, but perhaps plain HTTP"


@pytest.mark.parametrize(
    "raw",
    [
        # As Prometheus, Alertmanager and Grafana answer.
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        b"\x15\x03\x01\x00\x02\x02\x46",  # an alert of TLS
    ],
)
def test_https_where_plain_http_is_asked_for_is_told(raw: bytes) -> None:
    with pytest.raises(AccessError, match=r"^it speaks HTTPS there, and was asked by plain HTTP$"):
        Access().open(answer_once(raw), timeout=5)


def test_plain_http_to_a_port_that_hangs_up_is_told(component: Any) -> None:
    component.url = component.url.replace("https:", "http:")

    assert "HTTPS there" in refusal(component, Access())


@pytest.mark.parametrize(
    ("content", "phrase"),
    [(None, "the authority's certificate cannot be read from {}: No such file"), ("?", "{} has no certificate of an")],
)
def test_an_authority_that_is_none_is_told(component: Any, tmp_path: Path, content: str | None, phrase: str) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)

    assert refusal(component, Access(str(file))).startswith(phrase.format(file))


# Passwords


def test_the_password_is_read_each_time(component: Any, access: dict[str, str]) -> None:
    asking, file = Access.of(access), Path(access["password_file"])
    file.write_text("the old one")
    component.login = "aetherlink:correct horse"
    with pytest.raises(urllib.error.HTTPError):
        ask(component, asking)

    file.write_text("correct horse\n")

    assert ask(component, asking) == "well"
    assert component.authorizations[-1] == HEADER


def test_who_is_not_let_in_is_told_with_the_file(component: Any, access: dict[str, str]) -> None:
    component.login = "aetherlink:another"

    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(component, Access.of(access))
    phrase = f"it does not take the user aetherlink with the password in {access['password_file']}"
    assert (caught.value.code, str(caught.value)) == (401, f"HTTP Error 401: {phrase}")
    assert caught.value.read() == b"Unauthorized"

    with pytest.raises(urllib.error.HTTPError, match="asks for a user and a password, and none is set for this"):
        ask(component, Access(access["ca_file"]))


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (None, "the password of the user aetherlink cannot be read from {}: No such file or directory"),
        (b"\n", "{} is empty, and has to hold the password of the user aetherlink"),
        (b"\xff\xfe", "the password of the user aetherlink cannot be read from {}: it is no text"),
    ],
)
def test_a_password_that_cannot_be_read_is_told(
    component: Any, access: dict[str, str], tmp_path: Path, content: bytes | None, phrase: str
) -> None:
    file = tmp_path / "password"
    if content:
        file.write_bytes(content)

    assert refusal(component, replace(Access.of(access), password_file=str(file))) == phrase.format(file)
    assert component.authorizations == []


def test_a_user_without_a_file_is_told(component: Any) -> None:
    assert refusal(component, Access(user="me")) == "there is no file with the password of the user me"


def test_a_redirect_does_not_carry_the_password_elsewhere(component: Any, serve: Serve, access: dict[str, str]) -> None:
    other = serve(None)
    component.redirects["/moved"] = f"{other.url}/"

    assert ask(component, Access.of(access), "/moved") == "well"
    assert component.authorizations == [HEADER] and other.authorizations == [""]


def test_a_proxy_of_the_hosts_environment_is_not_asked(
    component: Any, access: dict[str, str], nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://{nobody}")
    monkeypatch.setenv("no_proxy", "")

    assert ask(component, Access.of(access)) == "well"


# Paths and hosts


def test_relative_paths_are_below_a_directory_and_others_stay() -> None:
    given = Access("/etc/aetherlink/tls/prometheus/ca.pem", "aetherlink", "secrets/web_password")
    etc = Path("/opt/aetherlink/prometheus/current/etc")

    assert given.below(etc) == replace(given, password_file=f"{etc}/secrets/web_password")
    assert Access().below(etc) == Access.of(None) == Access()


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.0.1.1", True),
        ("::1", True),
        ("localhost", True),
        ("192.0.2.7", False),  # of documentation: nobody's
        ("nobody.invalid", False),
    ],
)
def test_a_host_knows_itself(host: str, own: bool) -> None:
    assert is_own(host) is own
