# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and stop, the command line, and what the double says it is."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from .conftest import Make, clean_environment, dashboard, source


def test_it_says_everywhere_that_it_is_a_double(make_double: Make, tree: Path) -> None:
    command = [sys.executable, str(tree), "--version"]
    said = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True).stdout
    assert said == "grafana version 13.0.1 (test double, not Grafana)\n"

    double = make_double().start()
    for path in ("/", "/api/health", "/api/org", "/nowhere"):
        assert double.http.get(path).headers["X-Test-Double"] == "grafana"
    health = double.get("/api/health")
    assert (health["database"], health["version"], len(health["commit"])) == ("ok", "13.0.1", 10)
    assert "not Grafana" in double.http.get("/").text


def test_it_logs_as_grafana_and_stops_at_once_with_clients_connected(make_double: Make) -> None:
    double = make_double().start()
    silent = socket.create_connection(("127.0.0.1", double.port))
    started = time.monotonic()

    said = double.stop()

    assert time.monotonic() - started < 5, "it waited for the client"
    silent.close()
    listening = next(line for line in said.splitlines() if "HTTP Server Listen" in line)
    assert listening.startswith("logger=http.server t=2")
    assert f'level=info msg="HTTP Server Listen" address=127.0.0.1:{double.port} protocol=http' in listening


def test_a_port_that_is_taken_is_told_before_anything_is_changed(make_double: Make) -> None:
    double = make_double()
    double.put("a.json", dashboard("a"))
    with socket.create_server(("127.0.0.1", double.port)):
        said = double.refusal()

    assert "level=error" in said
    assert f"listen tcp 127.0.0.1:{double.port}: bind: address already in use" in said
    assert double.start().shown("a")["meta"]["version"] == 1


REFUSED = {
    "server": ({"http_prot": "1"}, 'msg="failed to load the configuration" error="'),
    "database": ({"type": "postgres"}, 'error="the double has no PostgreSQL"'),
    "auth.anonymous": ({"enabled": "true"}, 'error="the double lets nobody in without a login"'),
}


@pytest.mark.parametrize("section", REFUSED)
def test_bad_settings_are_one_line_and_exit_status_1(make_double: Make, section: str) -> None:
    double, (keys, words) = make_double(), REFUSED[section]
    double.ini.setdefault(section, {}).update(keys)

    said = double.refusal()

    assert said.startswith("logger=settings t=2") and " level=error " in said
    assert words in said


def test_what_cannot_be_provisioned_ends_the_start(make_double: Make) -> None:
    double = make_double()
    double.put_sources(source(), source(uid="other"))
    assert 'msg="Failed to provision data sources"' in double.refusal()

    double.put_sources(source())
    double.put("a.json", "{")
    said = double.refusal()
    assert "logger=provisioning t=2" in said and 'msg="Failed to provision dashboards"' in said
    assert f"{double.dashboards}/a.json is not JSON" in said


def test_directories_of_provisioning_that_are_not_there_are_errors_in_the_log_of_each_start(make_double: Make) -> None:
    double = make_double()
    messages = {
        "plugins": "Failed to read plugin provisioning files from directory",
        "alerting": "can't read alerting provisioning files from directory",
    }
    for _ in range(2):
        errors = [line for line in double.start().stop().splitlines() if " level=error " in line]
        assert len(errors) == len(messages)
        for line, (name, message) in zip(errors, messages.items()):
            path = double.root / "provisioning" / name
            assert line.startswith(f"logger=provisioning.{name} t=2")
            assert line.endswith(f' msg="{message}" path={path} error="open {path}: no such file or directory"')

    for name in messages:
        (double.root / "provisioning" / name).mkdir()
    assert " level=error " not in double.start().stop()


def test_a_directory_that_cannot_be_written_is_told(make_double: Make) -> None:
    double = make_double()
    double.ini["paths"]["data"] = "/proc/nowhere"

    assert "logger=sqlstore" in double.refusal()


def test_an_address_that_is_not_of_this_host_is_told(make_double: Make) -> None:
    double = make_double()
    double.ini["server"]["http_addr"] = "192.0.2.1"

    assert f"listen tcp 192.0.2.1:{double.port}: bind: cannot assign requested address" in double.refusal()


def test_logs_go_into_a_file_where_the_mode_says_so(make_double: Make) -> None:
    double = make_double()
    double.ini["log"]["mode"] = "console file"
    double.start().stop()

    assert "HTTP Server Listen" in (double.root / "logs/grafana.log").read_text()


def test_it_speaks_tls_and_sends_the_security_headers_of_its_settings(
    make_double: Make, certificate: tuple[Path, Path]
) -> None:
    double = make_double()
    double.ini["server"] |= {"protocol": "https", "cert_file": certificate[0], "cert_key": certificate[1]}
    double.ini["security"] |= {"strict_transport_security": "true", "content_security_policy": "true"}
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    double.http = httpx.Client(base_url=f"https://localhost:{double.port}", verify=trusting, trust_env=False)

    headers = double.start().http.get("/").headers

    assert headers["Strict-Transport-Security"] == "max-age=86400"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "deny")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of localhost that vouches for itself, and its key."""
    from datetime import datetime, timedelta, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    directory, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (directory / "crt").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    (directory / "key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    return directory / "crt", directory / "key"
