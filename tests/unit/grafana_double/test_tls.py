# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS of the double itself, and of the Prometheus that its data sources ask, by certificates of real authorities."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana as Api
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import config as grafana
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .conftest import PASSWORD, Double, Make, source
from .test_query import Prometheus, ask, query

PEM = serialization.Encoding.PEM
DAY = timedelta(days=1)


@dataclass
class Authority:
    """ca: the file with its certificate."""

    folder: Path

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.folder.name)])
        self.ca = self.folder / "ca.pem"
        self.ca.write_bytes(self._signed(self._name, self._key, None).public_bytes(PEM))

    def make(self, name: str, *names: str, ends: timedelta = DAY) -> tuple[Path, Path]:
        """The files of a certificate and its key. names: IP addresses or names of hosts."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [x509.IPAddress(ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        certificate = self._signed(subject, key, x509.SubjectAlternativeName(alternatives), ends)
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(PEM))
        kind = serialization.PrivateFormat.PKCS8
        paths[1].write_bytes(key.private_bytes(PEM, kind, serialization.NoEncryption()))
        return paths

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, names: Any, ends: timedelta = DAY
    ) -> x509.Certificate:
        now = datetime.now(timezone.utc)
        builder = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - 2 * DAY).not_valid_after(now + ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def serving(double: Double, authority: Authority, files: tuple[Path, Path], **server: Any) -> Double:
    double.ini["server"] |= {"protocol": "https", "cert_file": files[0], "cert_key": files[1], **server}
    trusting = ssl.create_default_context(cafile=str(authority.ca))
    trusting.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    double.http = httpx.Client(base_url=f"https://127.0.0.1:{double.port}", verify=trusting, trust_env=False)
    return double


# The double itself


def serial(double: Double) -> int:
    pem = ssl.get_server_certificate(("127.0.0.1", double.port))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_serves_https_alone(make_double: Make, authority: Authority) -> None:
    double = serving(make_double(), authority, authority.make("own", "127.0.0.1")).start()

    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{double.port}/api/health", trust_env=False)
    assert "protocol=https" in double.stop()


@pytest.mark.parametrize(("oldest", "spoken"), [("TLS1.2", True), ("TLS1.3", False)])
def test_an_older_version_of_tls_than_wanted_is_refused(
    make_double: Make, authority: Authority, oldest: str, spoken: bool
) -> None:
    double = serving(make_double(), authority, authority.make("own", "127.0.0.1"), min_tls_version=oldest).start()
    old = ssl.create_default_context(cafile=str(authority.ca))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", double.port)) as plain:
        try:
            said = old.wrap_socket(plain, server_hostname="127.0.0.1").version()
        except ssl.SSLError as error:
            said = error.reason

    assert (said == "TLSv1.2") is spoken
    assert double.http.get("/api/health").status_code == 200


def test_a_new_certificate_is_shown_without_a_restart(make_double: Make, authority: Authority) -> None:
    files = authority.make("own", "127.0.0.1")
    double = serving(make_double(), authority, files, certs_watch_interval="50ms").start()
    first = serial(double)

    newer = authority.make("newer", "127.0.0.1")
    os.replace(newer[0], files[0])  # as a deploy does it; the key does not fit yet
    time.sleep(0.3)
    assert serial(double) == first
    os.replace(newer[1], files[1])

    until(lambda: serial(double) != first)
    said = double.stop()
    assert 'level=error msg="Not able to reload certificates"' in said
    assert said.count('level=info msg="Server certificates updated"') == 1


def test_without_an_interval_the_certificate_of_the_start_stays(make_double: Make, authority: Authority) -> None:
    files = authority.make("own", "127.0.0.1")
    double = serving(make_double(), authority, files).start()
    first = serial(double)

    authority.make("own", "127.0.0.1")
    time.sleep(0.3)

    assert serial(double) == first


def test_what_it_cannot_show_ends_the_start(make_double: Make, authority: Authority) -> None:
    files, other = authority.make("own", "127.0.0.1"), authority.make("other", "127.0.0.1")
    double = make_double()

    for server, words in (
        ({"cert_file": files[0], "cert_key": other[1]}, "failed to load the certificate"),
        ({"cert_file": "/nowhere", "cert_key": files[1]}, "failed to load the certificate"),
        ({"cert_file": files[0], "cert_key": ""}, "server.cert_key is empty, and Grafana would make a certificate"),
        ({"certs_watch_interval": "1d"}, "server.certs_watch_interval is not a duration such as 30s or 1h30m, without"),
        ({"min_tls_version": "TLS1.1"}, "server.min_tls_version is none of TLS1.2, TLS1.3"),
    ):
        double.ini["server"] |= {"protocol": "https", **server}
        assert words in double.refusal()


# Its data sources


class Guarded(Prometheus):
    """A Prometheus that serves HTTPS."""

    def __init__(self, files: tuple[Path, Path]) -> None:
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, _request: Any, _client: Any) -> None:
        """A client that does not trust it."""

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="module")
def prometheus(authority: Authority) -> Iterator[Prometheus]:
    server = Guarded(authority.make("prometheus", "127.0.0.1"))
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def double(make_double: Make) -> Double:
    return make_double().start()


def trusting(ca: Path, url: str) -> dict[str, Any]:
    return source(url=url, jsonData={"tlsAuthWithCACert": True}, secureJsonData={"tlsCACert": f"$__file{{{ca}}}"})


def health(double: Double, *sources: dict[str, Any]) -> str:
    double.put_sources(*sources)
    assert double.reload("datasources").status_code == 200
    return str(double.http.get("/api/datasources/uid/prometheus/health").json()["message"])


def test_a_prometheus_of_the_authority_is_asked_with_the_login(
    double: Double, authority: Authority, prometheus: Prometheus, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("machine-password\n")
    wanted = trusting(authority.ca, prometheus.url) | {"basicAuth": True, "basicAuthUser": "aetherlink"}
    wanted["secureJsonData"]["basicAuthPassword"] = f"$__file{{{tmp_path}/password}}"

    assert health(double, wanted) == "Successfully queried the Prometheus API."
    assert ask(double, query("up")).status_code == 200
    assert {asked[3] for asked in prometheus.asked} == {"Basic YWV0aGVybGluazptYWNoaW5lLXBhc3N3b3Jk"}

    prometheus.asked.clear()
    (tmp_path / "password").write_text("another-password")
    health(double, wanted)
    assert [asked[3] for asked in prometheus.asked] == ["Basic YWV0aGVybGluazphbm90aGVyLXBhc3N3b3Jk"]


def test_a_prometheus_of_nobody_it_trusts_is_not_healthy(
    double: Double, authority: Authority, prometheus: Prometheus, tmp_path: Path
) -> None:
    prometheus.asked.clear()
    (tmp_path / "other").mkdir()
    (tmp_path / "no.pem").write_text("nothing")
    unknown = "tls: failed to verify certificate: x509: certificate signed by unknown authority"

    assert unknown in health(double, trusting(Authority(tmp_path / "other").ca, prometheus.url))
    assert unknown in health(double, source(url=prometheus.url))
    assert "failed to parse TLS CA PEM certificate" in health(double, trusting(tmp_path / "no.pem", prometheus.url))
    assert prometheus.asked == []

    plain = Prometheus()
    words = "http: server gave HTTP response to HTTPS client"
    assert words in health(double, trusting(authority.ca, plain.url.replace("http:", "https:")))
    plain.shutdown()
    plain.server_close()


@pytest.mark.parametrize(
    ("names", "ends", "words"),
    [
        (("elsewhere.example",), DAY, "x509: certificate is not valid for 127.0.0.1"),  # its common name does not count
        (("127.0.0.1",), -DAY, "x509: certificate has expired or is not yet valid"),
    ],
)
def test_a_certificate_of_another_host_or_time_is_not_trusted(
    double: Double, authority: Authority, names: tuple[str, ...], ends: timedelta, words: str
) -> None:
    server = Guarded(authority.make("bad", *names, ends=ends))
    try:
        assert words in health(double, trusting(authority.ca, server.url))
    finally:
        server.shutdown()
        server.server_close()


def test_what_the_role_makes_is_taken_and_works(
    make_double: Make, authority: Authority, prometheus: Prometheus, tmp_path: Path
) -> None:
    """Its grafana.ini and data sources, with the files of a host in other places."""
    prometheus.asked.clear()
    (tmp_path / "tls").mkdir()
    own = authority.make("grafana", "127.0.0.1")
    for name, path in (("certificate.pem", own[0]), ("key.pem", own[1]), ("ca.pem", authority.ca)):
        shutil.copy(path, tmp_path / "tls" / name)
    secrets = {"admin_password": PASSWORD, "secret_key": "b0gus-but-long-enough"}
    logins = {"web_password_for_prometheus": "grafanas-own", "metrics_password": "prometheus-own"}
    for name, value in {**secrets, **logins}.items():
        (tmp_path / name).write_text(value)
    double = serving(make_double(), authority, own)
    host = {"name": "mon1", "address": "127.0.0.1", "local": True, "port": prometheus.server_port, "tls": True}
    files = {
        path: text.replace("/etc/aetherlink/tls/grafana", f"{tmp_path}/tls").replace(grafana.SECRETS, str(tmp_path))
        for path, text in made_by_the_role(host, secrets, double).items()
    }
    double.provision("datasources", "a.yml", files["provisioning/datasources/aetherlink.yml"])
    command = double.command
    (double.root / "grafana.ini").write_text(files["grafana.ini"])
    double.start_with(command)

    api = Api(f"https://127.0.0.1:{double.port}", "admin", PASSWORD, access=Access(str(own[0])))
    assert api.get("/api/datasources/uid/prometheus/health")["status"] == "OK"
    assert {asked[3] for asked in prometheus.asked} == {
        f"Basic {base64.b64encode(b'aetherlink-grafana:grafanas-own').decode()}"
    }
    assert double.http.get("/metrics").status_code == 401
    assert double.http.get("/metrics", auth=("aetherlink-prometheus", "prometheus-own")).status_code == 200


def made_by_the_role(host: dict[str, Any], secrets: dict[str, str], double: Double) -> dict[str, str]:
    builtin = {
        **{section: double.ini[section] for section in ("paths", "log")},
        "server": {"http_addr": "127.0.0.1", "http_port": double.port},
        "security": {"admin_password": f"$__file{{{grafana.SECRETS}/admin_password}}"},
    }
    params = {
        "env": "dev",
        "host": "mon1",
        "hosts": {"prometheus": [host]},
        "ini_builtin": json.loads(json.dumps(builtin, default=str)),
        "tls": True,
        "web_user": "aetherlink",
        "secrets": secrets,
        "scrape_interval": "15s",
        "dashboards_interval": 30,
        "runbook_url": "https://runbooks.example/{alert}",
    }
    return grafana.files(params, {})


@pytest.mark.parametrize(
    "change",
    [
        {"jsonData": {"tlsAuthWithCACert": True}},
        {"secureJsonData": {"tlsCACert": "x"}},
        {"basicAuth": True, "basicAuthUser": "aetherlink"},
        {"basicAuth": True, "secureJsonData": {"basicAuthPassword": "p"}},
        {"basicAuthUser": "aetherlink", "secureJsonData": {"basicAuthPassword": "p"}},
    ],
)
def test_half_of_what_goes_together_is_refused(double: Double, change: dict[str, Any]) -> None:
    double.put_sources(source(**change))
    answer = double.reload("datasources")

    assert answer.status_code == 500
    assert "go together" in answer.json()["message"]
