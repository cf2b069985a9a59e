# SPDX-License-Identifier: GPL-3.0-or-later
"""Access: by HTTPS of one authority, with a password from a file, past any proxy; what does not fit is a phrase."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import ssl
import threading
import time
import urllib.error
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils import access as module
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access, AccessError

Serve = Callable[[ssl.SSLContext | None], Any]
HEADER = f"Basic {base64.b64encode(b'aetherlink:correct horse').decode()}"


def ask(server: Any, access: Access, path: str = "/") -> str:
    with access.open(f"{server.url}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def refusal(server: Any, access: Access) -> str:
    with pytest.raises(AccessError) as caught:
        ask(server, access)
    return str(caught.value)


def of_authority(access: dict[str, str], authorities: Any) -> Access:
    """How another host calls it."""
    return Access.of({**access, "certificate_file": "", "ca_file": str(authorities.own.file)})


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


def test_the_components_own_certificate_is_trusted_whatever_host_it_names(
    component: Any, access: dict[str, str]
) -> None:
    assert ask(component, Access(access["certificate_file"])) == "well"
    assert component.authorizations == [""]


@pytest.mark.parametrize("names", [["mon1.example"], ["127.0.0.1", "localhost"]])
def test_no_other_certificate_of_the_authority_gets_the_password(
    serve: Serve, authorities: Any, access: dict[str, str], tmp_path: Path, names: list[str]
) -> None:
    """Such as one of a company's other services, which has taken the port while the component restarts."""
    own = tmp_path / "certificate.pem"
    own.write_bytes(Path(access["certificate_file"]).read_bytes())
    thief = serve(authorities.own.context(*names))

    assert refusal(thief, Access.of({**access, "certificate_file": str(own)})) == (
        f"its certificate is not the one in {own}: another program listens there, or the service has not loaded the "
        "new certificate yet"
    )
    assert thief.authorizations == []


def test_who_has_a_certificate_of_the_intermediate_authority_does_not_get_it_either(
    component: Any, serve: Serve, authorities: Any, access: dict[str, str], tmp_path: Path
) -> None:
    own = tmp_path / "certificate.pem"
    own.write_text(Path(access["certificate_file"]).read_text() + authorities.own.file.read_text())
    pinned = Access.of({**access, "certificate_file": str(own)})
    thief = serve(authorities.own.context("127.0.0.1"))

    assert ask(component, pinned) == "well"
    assert refusal(thief, pinned).startswith(f"its certificate is not the one in {own}: ")
    assert thief.authorizations == []


def test_the_certificate_before_a_renewal_is_trusted_until_all_have_loaded_the_new_one(
    component: Any, authorities: Any, access: dict[str, str], tmp_path: Path
) -> None:
    own, previous = tmp_path / "certificate.pem", tmp_path / "previous.pem"
    previous.write_bytes(Path(access["certificate_file"]).read_bytes())
    authorities.own.context("renewed.example")
    own.write_bytes(authorities.own.file_of("renewed.example").read_bytes())
    pinned = Access.of({**access, "certificate_file": str(own)})

    assert ask(component, pinned) == "well"

    os.utime(own, (time.time() - 181, time.time() - 181))
    assert refusal(component, pinned).startswith(f"its certificate is not the one in {own}: ")


def test_python_3_9_has_no_name_for_what_trusts_a_certificate_alone() -> None:
    assert module._PARTIAL_CHAIN == ssl.VERIFY_X509_PARTIAL_CHAIN


def test_another_authoritys_certificate_is_not(serve: Serve, authorities: Any, access: dict[str, str]) -> None:
    server = serve(authorities.other.context("127.0.0.1"))
    by_authority = of_authority(access, authorities)

    assert refusal(server, by_authority).startswith(f"its certificate is not one of {authorities.own.file}: ")
    assert server.authorizations == []  # the password went nowhere


def test_without_an_authority_it_is_the_hosts_list_that_counts(component: Any) -> None:
    assert refusal(component, Access()).startswith("its certificate is not one of the host's list of authorities: ")


def test_of_another_host_the_certificate_has_to_name_it(
    component: Any, access: dict[str, str], serve: Serve, authorities: Any
) -> None:
    by_authority = of_authority(access, authorities)

    assert refusal(component, by_authority) == "its certificate does not name 127.0.0.1"
    assert ask(serve(authorities.own.context("127.0.0.1")), by_authority) == "well"


def test_a_certificate_that_has_expired_is_told(serve: Serve, authorities: Any, access: dict[str, str]) -> None:
    server = serve(authorities.own.context("127.0.0.1", days=-1))
    own = {**access, "certificate_file": str(authorities.own.file_of("127.0.0.1", days=-1))}

    for how in (of_authority(access, authorities), Access.of(own)):
        assert refusal(server, how) == "its certificate is not valid at this time: certificate has expired"


def test_tls_1_1_is_refused_and_1_2_taken(serve: Serve, authorities: Any, access: dict[str, str]) -> None:
    old, new = authorities.own.context("127.0.0.1"), authorities.own.context("127.0.0.1")
    for context, version in ((old, ssl.TLSVersion.TLSv1_1), (new, ssl.TLSVersion.TLSv1_2)):
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning) if context is old else contextlib.nullcontext():
            context.minimum_version = context.maximum_version = version

    by_authority = of_authority(access, authorities)
    assert refusal(serve(old), by_authority).startswith("it speaks no TLS 1.2 or newer (")
    assert ask(serve(new), by_authority) == "well"


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


@pytest.mark.parametrize(("option", "whose"), [("ca_file", "authority's"), ("certificate_file", "component's")])
def test_a_certificate_that_is_none_is_told(component: Any, tmp_path: Path, option: str, whose: str) -> None:
    file = tmp_path / "some.pem"
    access = Access.of({option: str(file)})

    assert refusal(component, access).startswith(f"the {whose} certificate cannot be read from {file}: No such file")
    file.write_text("?")
    assert refusal(component, access) == f"{file} has no certificate"


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
        ask(component, Access(access["certificate_file"]))


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


# Paths


def test_relative_paths_are_below_a_directory_and_others_stay() -> None:
    given = Access("/etc/aetherlink/tls/prometheus/certificate.pem", "", "aetherlink", "secrets/web_password")
    etc = Path("/opt/aetherlink/prometheus/current/etc")

    assert given.below(etc) == replace(given, password_file=f"{etc}/secrets/web_password")
    assert Access().below(etc) == Access.of(None) == Access()
