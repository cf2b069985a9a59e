# SPDX-License-Identifier: GPL-3.0-or-later
"""A component that serves real HTTPS on loopback, by certificates of an authority that was made for the tests."""

from __future__ import annotations

import base64
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "aetherlink", "correct horse"


class DoubleOfComponent(ThreadingHTTPServer):
    """answers: by path, what becomes JSON, or text. login: who alone is answered; empty for everybody."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.context, self.login = context, ""
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server_port}"
        self.answers: dict[str, Any] = {"/": "well"}
        self.redirects: dict[str, str] = {}
        self.authorizations: list[str] = []

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Handshakes that fail are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: DoubleOfComponent

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        self.server.authorizations.append(given)
        path = self.path.partition("?")[0]
        body = self.server.answers.get(path, "not found")
        text = body if isinstance(body, str) else json.dumps(body)
        status = 200 if path in self.server.answers else 404
        if self.server.login and given != f"Basic {base64.b64encode(self.server.login.encode()).decode()}":
            status, text = 401, "Unauthorized"
        if path in self.server.redirects:
            status = 302
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if path in self.server.redirects:
            self.send_header("Location", self.server.redirects[path])
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_PUT = do_GET

    def log_message(self, *_arguments: Any) -> None:
        pass


class Authority:
    """Makes certificates; `file` is its own, `intermediate` that of one below it."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory, self._name = directory, _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._signed(self._name, self._key, x509.BasicConstraints(ca=True, path_length=None), [])
        self.file = directory / f"{name}.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def context(self, *names: str, days: int = 1) -> ssl.SSLContext:
        """A server's, by a certificate for these names. days: until it expires; below 0, since when it has."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(_name("server"), key, x509.BasicConstraints(ca=False, path_length=None), names, days)
        pem = self.file_of(*names, days=days)
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def file_of(self, *names: str, days: int = 1) -> Path:
        """Where the certificate is that context() made last for these names, as on a component's host."""
        return self._directory / f"{'-'.join(names) or 'nameless'}{days}-{self.file.name}"

    def _signed(self, subject: x509.Name, key: Any, constraints: Any, names: Any, days: int = 1) -> x509.Certificate:
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(constraints, critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), False)
        return builder.sign(self._key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass(frozen=True)
class Authorities:
    own: Authority
    other: Authority


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    directory = tmp_path_factory.mktemp("authorities")
    return Authorities(Authority(directory, "own"), Authority(directory, "other"))


@pytest.fixture
def serve() -> Iterator[Callable[[ssl.SSLContext | None], DoubleOfComponent]]:
    """serve(context), without one by plain HTTP."""
    servers = []

    def start(context: ssl.SSLContext | None) -> DoubleOfComponent:
        server = DoubleOfComponent(context)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def component(serve: Callable[[ssl.SSLContext | None], DoubleOfComponent], authorities: Authorities) -> Any:
    """HTTPS, and everybody is answered. Its certificate names another host, as a company's does."""
    return serve(authorities.own.context("mon1.example"))


@pytest.fixture
def access(component: Any, authorities: Authorities, tmp_path: Path) -> dict[str, str]:
    """How its own host calls it, with a password in case."""
    password = tmp_path / "web_password"
    password.write_text(f"{PASSWORD}\n")
    certificate = authorities.own.file_of("mon1.example")
    return {"certificate_file": str(certificate), "user": USER, "password_file": str(password)}
