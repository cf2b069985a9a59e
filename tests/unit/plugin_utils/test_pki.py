# SPDX-License-Identifier: GPL-3.0-or-later
"""The private certificate authority on the controller, and what its certificates are good for over real TLS."""

from __future__ import annotations

import base64
import datetime as dt
import multiprocessing
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path
from socket import create_connection, create_server, socket
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls import authority as pki
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import (
    Pair,
    PkiError,
    authority,
    refuse_pair,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import OWN, Permitted
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

from .certificate_files import Issued, issued

CODE_SIGNING, SERVER_AUTH = ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.SERVER_AUTH
PASSPHRASE = "a passphrase for tests"
PERMITTED = OWN | Permitted(
    domains=frozenset({"mon1", "mon2", "example.org"}),
    networks=frozenset({ip_network("192.0.2.0/24"), ip_network("fe80::/64")}),
)
NAMES = ["mon1", "mon1.example.org", "192.0.2.7", "localhost", "127.0.0.1", "::1", "alertmanager-cluster"]


def made(directory: Path, passphrase: str = PASSPHRASE, permitted: Permitted = PERMITTED) -> pki.Authority:
    return authority(directory, passphrase, "dev", lambda: permitted)


@pytest.fixture
def ca(tmp_path: Path) -> pki.Authority:
    return made(tmp_path / "ca")


# The authority


def _come(directory: Path, start: Any, found: Any) -> None:
    start.wait()
    found.put(made(directory).pem)


def test_two_runs_at_once_make_one_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, made = pki._make, tmp_path / "made"

    def slowly(*arguments: Any) -> pki.Authority:
        with made.open("a") as story:
            story.write("once\n")
        time.sleep(0.2)
        return make(*arguments)

    monkeypatch.setattr(pki, "_make", slowly)
    forks = multiprocessing.get_context("fork")  # as Ansible's
    start, found = forks.Barrier(2), forks.Queue()
    processes = [forks.Process(target=_come, args=(tmp_path / "new" / "ca", start, found)) for _ in range(2)]
    for process in processes:
        process.start()
    first, second = found.get(timeout=20), found.get(timeout=20)
    for process in processes:
        process.join()

    assert first == second == (tmp_path / "new" / "ca" / "ca.pem").read_text()
    assert made.read_text() == "once\n"


def test_its_key_is_kept_under_the_passphrase_and_for_its_owner_alone(ca: pki.Authority, tmp_path: Path) -> None:
    key = tmp_path / "ca" / "ca.key"

    assert key.read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert key.stat().st_mode & 0o777 == 0o600
    assert made(tmp_path / "ca").pem == ca.pem
    assert ca.certificate.subject.rfc4514_string() == "CN=AetherLink monitoring dev"
    assert sorted(path.name for path in (tmp_path / "ca").iterdir()) == [".ca.lock", "ca.key", "ca.pem"]


@pytest.mark.usefixtures("real_key_derivation")
def test_each_guess_at_the_passphrase_costs_64_rounds_of_bcrypt(tmp_path: Path) -> None:
    made(tmp_path / "ca")
    lines = (tmp_path / "ca" / "ca.key").read_text().splitlines()
    body = BytesIO(base64.b64decode("".join(lines[1:-1])))

    def part() -> bytes:
        (length,) = struct.unpack(">I", body.read(4))
        return body.read(length)

    assert body.read(15) == b"openssh-key-v1\0"
    assert (part(), part()) == (b"aes256-ctr", b"bcrypt")
    (rounds,) = struct.unpack(">I", part()[-4:])
    assert rounds == 64


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_key_that_others_can_read_is_closed_when_it_is_used(ca: pki.Authority, tmp_path: Path, mode: int) -> None:
    key = tmp_path / "ca" / "ca.key"
    key.chmod(mode)  # as a clone of a repository has it

    made(tmp_path / "ca")

    assert key.stat().st_mode & 0o777 == 0o600


def test_without_bcrypt_there_is_a_sentence(ca: pki.Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> bytes:
        raise UnsupportedAlgorithm("Need bcrypt module")  # as cryptography does without it

    monkeypatch.setattr("cryptography.hazmat.primitives.serialization.ssh._bcrypt_kdf", missing)

    for directory in (tmp_path / "ca", tmp_path / "new"):
        with pytest.raises(PkiError) as caught:
            made(directory)
        assert str(caught.value) == (
            "the key of the certificate authority needs the Python package bcrypt on the controller, beside "
            "ansible-core: install it there (pip install bcrypt)."
        )
    assert not (tmp_path / "new" / "ca.pem").exists()


@pytest.mark.parametrize("passphrase", ["another passphrase", ""])
def test_a_wrong_passphrase_is_a_sentence(ca: pki.Authority, tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(PkiError) as caught:
        made(tmp_path / "ca", passphrase)

    assert str(caught.value) == (
        f"{tmp_path}/ca/ca.key does not open with aether_tls_ca_passphrase: set the one that it was made with, in the "
        "environment's vault."
    )
    assert (tmp_path / "ca" / "ca.pem").read_text() == ca.pem


@pytest.mark.parametrize(("lost", "left"), [("ca.pem", "ca.key"), ("ca.key", "ca.pem")])
def test_half_an_authority_is_not_replaced(ca: pki.Authority, tmp_path: Path, lost: str, left: str) -> None:
    (tmp_path / "ca" / lost).unlink()

    with pytest.raises(PkiError) as caught:
        made(tmp_path / "ca")

    assert str(caught.value) == (
        f"{tmp_path}/ca has {left} but no {lost}: restore it from your backup; or remove {left}, and "
        "the next run makes a new authority and new certificates."
    )
    assert not (tmp_path / "ca" / lost).exists()


def test_the_key_of_another_authority_is_a_sentence(ca: pki.Authority, tmp_path: Path) -> None:
    made(tmp_path / "other")
    (tmp_path / "other" / "ca.key").replace(tmp_path / "ca" / "ca.key")

    with pytest.raises(PkiError) as caught:
        made(tmp_path / "ca")

    assert str(caught.value) == (f"{tmp_path}/ca/ca.key is not the key of ca.pem beside it: restore the two together.")


def test_a_damaged_certificate_is_not_blamed_on_the_passphrase(ca: pki.Authority, tmp_path: Path) -> None:
    (tmp_path / "ca" / "ca.pem").write_text(ca.pem[:200])

    with pytest.raises(PkiError) as caught:
        made(tmp_path / "ca")

    assert str(caught.value) == (f"{tmp_path}/ca/ca.pem is no PEM certificate: restore it from your backup.")


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(PkiError) as caught:
        made(tmp_path / "file" / "ca")

    assert str(caught.value) == (
        f"the certificate authority in {tmp_path}/file/ca cannot be read or made (Not a directory): make the directory "
        "writable, or set aether_tls_ca_dir to another."
    )


# What it issues, over real TLS


def _context(pair: Pair, directory: Path, protocol: ssl._SSLMethod) -> ssl.SSLContext:
    """Of a party that shows its certificate and takes none but one of the authority."""
    directory.mkdir()
    (directory / "both.pem").write_text(pair.key + pair.certificate)
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(directory / "both.pem")
    context.load_verify_locations(cadata=pair.authority)
    return context


class Server:
    """On loopback. Notes what each client has shown, or why there was no connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.listener, self.context = create_server(("127.0.0.1", 0)), context
        self.clients: list[str] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(connection, server_side=True) as talk:
                    talk.sendall((talk.version() or "").encode())
                    subject = talk.getpeercert() or {}
                    self.clients.append(dict(part[0] for part in subject["subject"])["commonName"])
            except (OSError, KeyError) as error:
                self.clients.append(type(error).__name__)

    def ask(self, context: ssl.SSLContext, name: str) -> str:
        """The version of TLS that was spoken."""
        plain: socket = create_connection(self.listener.getsockname(), timeout=10)
        with context.wrap_socket(plain, server_hostname=name) as talk:
            return talk.recv(100).decode()


@pytest.fixture
def server(ca: pki.Authority, tmp_path: Path) -> Iterator[Server]:
    found = Server(_context(ca.issue(NAMES, 90), tmp_path / "server", ssl.PROTOCOL_TLS_SERVER))
    yield found
    found.listener.close()


@pytest.mark.parametrize("name", NAMES)
def test_both_sides_know_each_other_by_every_name(ca: pki.Authority, server: Server, tmp_path: Path, name: str) -> None:
    client = _context(ca.issue(["mon2"], 90, client=True), tmp_path / "client", ssl.PROTOCOL_TLS_CLIENT)

    assert server.ask(client, name) == "TLSv1.3"
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    assert server.ask(client, name) == "TLSv1.2"
    assert server.clients == ["mon2", "mon2"]


@pytest.mark.parametrize("name", ["mon2", "192.0.2.8", "mon1.example.com", "::2"])
def test_another_name_is_not_taken(ca: pki.Authority, server: Server, tmp_path: Path, name: str) -> None:
    client = _context(ca.issue(["mon2"], 90), tmp_path / "client", ssl.PROTOCOL_TLS_CLIENT)

    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        server.ask(client, name)


def test_a_certificate_for_servers_alone_opens_no_cluster(ca: pki.Authority, server: Server, tmp_path: Path) -> None:
    client = _context(ca.issue(["mon2"], 90), tmp_path / "client", ssl.PROTOCOL_TLS_CLIENT)

    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_CERTIFICATE"):
        server.ask(client, NAMES[0])


def test_a_certificate_is_replaced_when_it_is_to_be_shown_by_who_asks_and_back(ca: pki.Authority) -> None:
    alone, both = (ca.issue(NAMES, 90, client=client).certificate for client in (False, True))
    other = "the certificate has other extended key usages than it should have"
    assert pki.trouble(alone, ca.pem, NAMES, 30, client=True) == other
    assert pki.trouble(both, ca.pem, NAMES, 30) == other
    assert pki.trouble(both, ca.pem, NAMES, 30, client=True) == ""


@pytest.mark.parametrize("usages", [[CODE_SIGNING], [SERVER_AUTH, CODE_SIGNING]])
def test_a_certificate_for_another_use_is_replaced(
    ca: pki.Authority, monkeypatch: pytest.MonkeyPatch, usages: list[x509.ObjectIdentifier]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pki, "_usages", lambda _client: usages)
        found = ca.issue(NAMES, 90).certificate

    assert pki.trouble(found, ca.pem, NAMES, 30) == "the certificate has other extended key usages than it should have"


def test_own_certificates_of_a_cluster_are_for_clients_too(ca: pki.Authority) -> None:
    pki.refuse_pair(ca.issue(NAMES, 90, client=True), NAMES, client=True)
    with pytest.raises(pki.PkiError, match="get one with the extended key usage clientAuth, too"):
        pki.refuse_pair(ca.issue(NAMES, 90), NAMES, client=True)


@pytest.mark.parametrize("name", ["alerts.example.org", "Mon1"])
def test_a_peer_of_a_cluster_has_its_name_letter_by_letter(ca: pki.Authority, name: str) -> None:
    pair = ca.issue(["mon1", "*.example.org"], 90, client=True)
    pki.refuse_pair(pair, [name, "mon1"], client=True, peer_names=["mon1"])

    with pytest.raises(pki.PkiError) as caught:
        pki.refuse_pair(pair, [name], client=True, peer_names=[name])

    assert str(caught.value) == (
        f"aether_tls_files: the certificate does not name {name} itself, and an Alertmanager lets no peer into its "
        "cluster that has it by a wildcard or in other letters: get one that has exactly this name."
    )


def test_a_certificate_of_another_authority_of_the_same_name_is_taken_by_neither_side(
    ca: pki.Authority, server: Server, tmp_path: Path
) -> None:
    foreign = made(tmp_path / "foreign").issue(["mon1"], 90)

    with pytest.raises(ssl.SSLCertVerificationError):
        server.ask(_context(foreign, tmp_path / "distrusting", ssl.PROTOCOL_TLS_CLIENT), "mon1")

    client = _context(Pair(foreign.certificate, foreign.key, ca.pem), tmp_path / "client", ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(OSError, match=r"unknown ca|UNKNOWN_CA|decrypt|reset"):
        server.ask(client, "mon1")


def test_a_client_without_a_certificate_is_not_taken(ca: pki.Authority, server: Server) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=ca.pem)

    with pytest.raises(OSError, match=r"(?i)certificate.required|reset"):
        server.ask(client, "mon1")


def test_it_is_of_use_at_once_also_where_a_clock_is_behind_and_as_long_as_was_asked(ca: pki.Authority) -> None:
    pair = ca.issue(["mon1"], 90)
    (certificate,) = x509.load_pem_x509_certificates(pair.certificate.encode())
    now = dt.datetime.now(dt.timezone.utc)

    assert now - certificate.not_valid_before_utc > dt.timedelta(minutes=59)
    assert abs(_end(pair.certificate) - now - dt.timedelta(days=90)) < dt.timedelta(minutes=1)
    assert "BEGIN PRIVATE KEY" in pair.key  # plain: a service reads it


def test_no_certificate_outlives_its_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pki, "AUTHORITY_DAYS", 40)
    ca = made(tmp_path / "ca")

    assert _end(ca.issue(["mon1"], 90).certificate) == ca.certificate.not_valid_after_utc
    assert _end(ca.issue(["mon1"], 39).certificate) < ca.certificate.not_valid_after_utc


@pytest.mark.parametrize("days", [29, 30])
def test_an_authority_that_ends_before_the_next_renewal_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    monkeypatch.setattr(pki, "AUTHORITY_DAYS", days)
    ca = made(tmp_path / "ca")
    pair = ca.issue(["mon1"], 90)
    sentence = (
        f"the certificate authority ends on {_end(ca.pem):%Y-%m-%d}, within aether_tls_renew_days, and no certificate "
        'outlives it: make a new one, as docs/tls.md says under "A new authority".'
    )

    for ask in (lambda: pki.trouble(pair.certificate, ca.pem, ["mon1"], 30), lambda: ca.check(30, None)):
        with pytest.raises(PkiError) as caught:
            ask()
        assert str(caught.value) == sentence
    assert pki.trouble(pair.certificate, ca.pem, ["mon1"], days - 2) == ""


def test_an_authority_that_ended_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pki, "AUTHORITY_DAYS", -1)
    monkeypatch.setattr(pki, "CLOCK_SKEW", dt.timedelta(days=10))
    ca = made(tmp_path / "ca")

    with pytest.raises(PkiError) as caught:
        ca.check(30, None)

    assert str(caught.value) == (
        f"the certificate authority ended on {_end(ca.pem):%Y-%m-%d}: make a new one, as docs/tls.md says under "
        '"A new authority".'
    )


# What it may issue for


def test_its_constraints_are_critical_and_limit_names_and_addresses(ca: pki.Authority) -> None:
    extension = ca.certificate.extensions.get_extension_for_class(x509.NameConstraints)

    assert extension.critical
    assert {one.value for one in extension.value.permitted_subtrees or []} == PERMITTED.domains | PERMITTED.networks
    assert {one.value for one in extension.value.excluded_subtrees or []} == {
        ".mon1",
        ".mon2",
        ".localhost",
        ".alertmanager-cluster",
    }


def test_it_issues_nothing_outside_of_them(ca: pki.Authority) -> None:
    with pytest.raises(PkiError) as caught:
        ca.issue(["mon1", "mon7.example.com"], 90)

    assert str(caught.value) == (
        "the certificate authority cannot issue for mon7.example.com, since it is limited to alertmanager-cluster, "
        "example.org, localhost, mon1, mon2, 127.0.0.0/8, 192.0.2.0/24, ::1/128, fe80::/64: set aether_tls_ca_names to "
        "all domains and networks that it is to issue for, and make a new one, as docs/tls.md says under "
        '"A new authority".'
    )


@pytest.mark.parametrize("name", ["mon7.example.com", "a.mon1", "xexample.org", "192.0.3.7", "fe81::1", "org"])
def test_openssl_takes_nothing_that_its_key_signs_outside_of_them(
    ca: pki.Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(pki, "_refuse_outside", lambda *_: None)  # as who has stolen the key
    server = Server(_context(ca.issue(["mon1", name], 90), tmp_path / "server", ssl.PROTOCOL_TLS_SERVER))
    client = _context(ca.issue(["mon2"], 90), tmp_path / "client", ssl.PROTOCOL_TLS_CLIENT)

    with pytest.raises(ssl.SSLCertVerificationError, match=r"(permitted|excluded) subtree violation"):
        server.ask(client, name)


@pytest.mark.parametrize("name", ["127.0.0.1", "192.0.2.7", "fe80::1"])
def test_openssl_takes_a_certificate_that_has_an_address_only(ca: pki.Authority, tmp_path: Path, name: str) -> None:
    """It would take an address as the common name for a DNS name, which is not among the permitted."""
    server = Server(_context(ca.issue([name], 90), tmp_path / "server", ssl.PROTOCOL_TLS_SERVER))
    client = _context(ca.issue(["mon2"], 90, client=True), tmp_path / "client", ssl.PROTOCOL_TLS_CLIENT)

    assert server.ask(client, name) == "TLSv1.3"


@pytest.mark.parametrize("name", ["*.example", "a.example", "a.b.example"])
@pytest.mark.parametrize("host", [set[str](), {"example"}])
def test_openssl_takes_the_names_below_one_without_a_dot_where_they_are_permitted(
    tmp_path: Path, name: str, host: set[str]
) -> None:
    """As a wildcard of the inventory asks; a host "example" changes nothing about it."""
    limits = OWN | Permitted(frozenset({"mon1", "mon2", ".example", *host}), frozenset())
    ca = pki.authority(tmp_path / "ca", PASSPHRASE, "prod", lambda: limits)
    ca.check(30, limits)
    server = Server(_context(ca.issue(["mon1", name], 90), tmp_path / "server", ssl.PROTOCOL_TLS_SERVER))
    client = _context(ca.issue(["mon2"], 90, client=True), tmp_path / "client", ssl.PROTOCOL_TLS_CLIENT)

    assert server.ask(client, "mon1") == "TLSv1.3"


def test_another_limit_in_the_inventory_than_it_has_is_a_sentence(ca: pki.Authority) -> None:
    narrow = OWN | Permitted(frozenset({"example.org"}), frozenset())
    pair = ca.issue(["mon1.example.org"], 90)

    for ask in (
        lambda: ca.check(30, narrow),
        lambda: pki.trouble(pair.certificate, ca.pem, ["mon1.example.org"], 30, ca_names=narrow),
    ):
        with pytest.raises(PkiError) as caught:
            ask()
        assert str(caught.value) == (
            "aether_tls_ca_names limits the certificate authority to alertmanager-cluster, example.org, localhost, "
            "127.0.0.0/8, ::1/128, and the existing one is limited to alertmanager-cluster, example.org, localhost, "
            "mon1, mon2, 127.0.0.0/8, 192.0.2.0/24, ::1/128, fe80::/64: set it back, or make a new one, as docs/tls.md "
            'says under "A new authority".'
        )
    ca.check(30, PERMITTED)
    assert pki.trouble(pair.certificate, ca.pem, ["mon1.example.org"], 30, ca_names=PERMITTED) == ""


def test_an_authority_without_limits_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pki, "_constraints", lambda _permitted: x509.OCSPNoCheck())
    ca = made(tmp_path / "ca")

    with pytest.raises(PkiError) as caught:
        ca.check(30, None)

    assert str(caught.value) == (
        "the certificate authority has no name constraints, so its key could issue for any web site: make a new one, "
        'as docs/tls.md says under "A new authority".'
    )


def test_a_long_name_is_cut_only_where_x509_has_no_room_for_it(ca: pki.Authority) -> None:
    name = f"{'long.' * 20}example.org"
    (certificate,) = x509.load_pem_x509_certificates(ca.issue([name], 90).certificate.encode())

    assert pki.lacking_names(certificate, [name]) == []


def test_a_name_that_dns_does_not_have_is_a_sentence(ca: pki.Authority) -> None:
    with pytest.raises(PkiError) as caught:
        ca.issue(["mon1", "überwachung.example.org"], 90)

    assert str(caught.value) == (
        "a certificate cannot name überwachung.example.org: write it in ASCII, as DNS has it (xn--...), in the "
        "inventory or in aether_tls_names."
    )


# When a host's certificate is replaced


def test_a_good_one_stays(ca: pki.Authority) -> None:
    assert pki.trouble(ca.issue(NAMES, 90).certificate, ca.pem, NAMES, 30) == ""
    assert pki.trouble(ca.issue(["fe80::1%eth0"], 90).certificate, ca.pem, ["fe80::1%eth0"], 30) == ""


@pytest.mark.parametrize("name", ["mon2", "192.0.2.8", "::2"])
def test_one_that_lacks_a_name_goes(ca: pki.Authority, name: str) -> None:
    found = pki.trouble(ca.issue(NAMES, 90).certificate, ca.pem, [*NAMES, name], 30)

    assert found == f"the certificate does not name {name}"


@pytest.mark.parametrize("name", ["mon2", "192.0.2.8", "localhost", "::1", "*.example.org"])
def test_one_that_has_a_name_too_many_goes(ca: pki.Authority, name: str) -> None:
    names = ["mon1", "192.0.2.7"]

    assert pki.trouble(ca.issue([*names, name], 90).certificate, ca.pem, names, 30) == (
        f"the certificate also names {name}"
    )
    assert pki.trouble(ca.issue(names, 90).certificate, ca.pem, ["192.0.2.7", "MON1"], 30) == ""


@pytest.mark.parametrize(("days", "goes"), [(29, True), (30, True), (31, False)])
def test_one_that_ends_soon_goes(ca: pki.Authority, days: int, goes: bool) -> None:
    pair = ca.issue(NAMES, days)

    assert pki.trouble(pair.certificate, ca.pem, NAMES, 30) == (
        f"the certificate ends on {_end(pair.certificate):%Y-%m-%d}" if goes else ""
    )


def test_one_of_another_authority_goes_and_so_does_what_is_none(ca: pki.Authority, tmp_path: Path) -> None:
    foreign = made(tmp_path / "foreign").issue(NAMES, 90)

    assert pki.trouble(foreign.certificate, ca.pem, NAMES, 30) == "the certificate is of another authority"
    assert pki.trouble("", ca.pem, NAMES, 30) == "the certificate cannot be read"


# Certificates from files

DNS, IP = x509.DNSName, x509.IPAddress


@pytest.fixture(scope="module")
def root() -> Issued:
    return issued("Corporate Root")


@pytest.fixture(scope="module")
def between(root: Issued) -> Issued:
    return issued("Corporate Intermediate", root)


@pytest.fixture(scope="module")
def leaf(between: Issued) -> Issued:
    return issued("mon", between, names=(DNS("*.Example.org"), DNS("mon1")))


def refusal(pair: Pair, *names: str) -> str:
    with pytest.raises(PkiError) as caught:
        refuse_pair(pair, names)
    return str(caught.value)


def test_a_chain_with_its_intermediate_is_taken(root: Issued, between: Issued, leaf: Issued) -> None:
    refuse_pair(Pair(leaf.pem + between.pem, leaf.key_pem(), root.pem), ["mon7.example.org"])
    refuse_pair(Pair(leaf.pem, leaf.key_pem(), root.pem + between.pem), ["MON1"])


def test_a_chain_that_does_not_lead_to_the_authority_is_refused(root: Issued, between: Issued, leaf: Issued) -> None:
    another = issued("Another Intermediate", root)  # of the right authority, and did not issue it

    for chain, trusted in [(leaf.pem, root), (leaf.pem + another.pem, root), (leaf.pem + between.pem, another)]:
        assert refusal(Pair(chain, leaf.key_pem(), trusted.pem), "mon1") == (
            "aether_tls_files: the certificate was not issued by what ca holds: give that authority, or append the "
            "intermediate certificates to the certificate."
        )


@pytest.mark.parametrize("name", ["mon2", "a.b.example.org", "example.org", "192.0.2.7", "::1"])
def test_a_wildcard_stands_for_one_label(root: Issued, between: Issued, leaf: Issued, name: str) -> None:
    assert refusal(Pair(leaf.pem + between.pem, leaf.key_pem(), root.pem), "mon1", name) == (
        f"aether_tls_files: the certificate does not name {name}, by which other hosts reach this one: get one that "
        "does, or set aether_address to a name that it has."
    )


def test_a_certificate_without_names_has_none(root: Issued) -> None:
    assert "does not name mon1, by which" in refusal(Pair(root.pem, root.key_pem(), root.pem), "mon1")


def test_a_key_that_does_not_fit_is_refused(root: Issued, between: Issued, leaf: Issued) -> None:
    assert refusal(Pair(leaf.pem + between.pem, between.key_pem(), root.pem), "mon1") == (
        "aether_tls_files: the key is not the certificate's: give the two that were made together."
    )


def test_one_that_ended_is_refused_and_so_is_one_whose_time_has_not_come(root: Issued) -> None:
    ended = issued("mon1", root, names=(DNS("mon1"),), days=-1, since=-10)
    early = issued("mon1", root, names=(DNS("mon1"),), since=5)

    assert refusal(Pair(ended.pem, ended.key_pem(), root.pem), "mon1") == (
        f"aether_tls_files: the certificate ended on {ended.certificate.not_valid_after_utc:%Y-%m-%d}: put a new one "
        "there."
    )
    assert refusal(Pair(early.pem, early.key_pem(), root.pem), "mon1") == (
        f"aether_tls_files: the certificate is of use from {early.certificate.not_valid_before_utc:%Y-%m-%d} on: keep "
        "the one before it until then."
    )


@pytest.mark.parametrize("broken", ["certificate", "key", "authority", "passphrase"])
def test_what_is_no_pem_or_has_a_passphrase_is_refused(root: Issued, leaf: Issued, broken: str) -> None:
    parts = {"certificate": leaf.pem, "key": leaf.key_pem(), "authority": root.pem}
    parts |= {"key": leaf.key_pem("hunter2-hunter2")} if broken == "passphrase" else {broken: "no PEM"}

    sentence = refusal(Pair(**parts), "mon1")

    assert sentence.startswith("aether_tls_files: the files must be PEM, the certificate with its intermediates first")
    assert sentence.endswith(": convert them with openssl.") and "\n" not in sentence


def _end(certificate: str) -> dt.datetime:
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
