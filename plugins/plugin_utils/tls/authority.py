# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small private certificate authority on the controller, and the checks of a certificate. Keys are P-256."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.durable import write_durably
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import alone
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import Permitted, ip

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.serialization import SSHPrivateKeyTypes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:  # ansible-core brings it, and only ansible-test imports this without
    pass

AUTHORITY_DAYS = 3650
CLOCK_SKEW = dt.timedelta(hours=1)  # a host whose clock is behind takes a new certificate all the same
LONGEST_COMMON_NAME = 64  # of X.509
KDF_ROUNDS = 64  # of bcrypt, around the key of the authority: half a second for each guess at the passphrase
Extension = TypeVar("Extension", bound="x509.ExtensionType")
NEW_AUTHORITY = 'make a new one, as docs/tls.md says under "A new authority"'


class PkiError(Exception):
    """What is wrong with a certificate or an authority, and how to repair it: a sentence."""


@dataclass(frozen=True)
class Pair:
    """PEM texts: the certificate (and intermediates) with its key, and the authorities that vouch for it."""

    certificate: str
    key: str
    authority: str


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return _pem(self.certificate)

    def check(self, renew_days: int, ca_names: Permitted | None) -> None:
        """Raise PkiError where it should issue nothing any more. ca_names: what aether_tls_ca_names limits it to."""
        _refuse_authority(self.certificate, renew_days, ca_names)

    def issue(self, names: Iterable[str], days: int, client: bool = False) -> Pair:
        """client: it is also a client certificate, as the peers of an Alertmanager cluster need."""
        names = list(names)
        alternatives = x509.SubjectAlternativeName(general_names(names))
        _refuse_outside(self.certificate, names)
        key = ec.generate_private_key(ec.SECP256R1())
        until = min(_days_from_now(days), self.certificate.not_valid_after_utc)
        builder = (
            _builder(_leaf_name(names[0]), self.certificate.subject, key.public_key(), until)
            .add_extension(alternatives, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_usages(client)), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        return Pair(_pem(builder.sign(self.key, hashes.SHA256())), _plain_key(key), self.pem)


def authority(directory: Path, passphrase: str, environment: str, permitted: Callable[[], Permitted]) -> Authority:
    """The one in ca.pem and ca.key of the directory; made there where there is none. Raises PkiError.

    permitted: what a new one may issue for.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with alone(directory / "ca"):
            if not (directory / "ca.pem").exists() and not (directory / "ca.key").exists():
                return _make(directory, passphrase, environment, permitted())
            return opened(directory, passphrase)
    except OSError as error:
        raise PkiError(
            f"the certificate authority in {directory} cannot be read or made ({error.strerror}): make the directory "
            "writable, or set aether_tls_ca_dir to another."
        ) from error


def trouble(
    certificate: str,
    trusted: str,
    names: Iterable[str],
    renew_days: int,
    *,
    client: bool = False,
    ca_names: Permitted | None = None,
) -> str:
    """Why a certificate on a host has to be replaced by one of the trusted authority; empty when it does not."""
    try:
        ours = x509.load_pem_x509_certificate(trusted.encode())
        found = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return "the certificate cannot be read"
    if not _issued_by(found, [ours]):
        return "the certificate is of another authority"
    if why := _differing_names(found, list(names)):
        return why
    if _usages_of(found) != set(_usages(client)):
        return "the certificate has other extended key usages than it should have"
    _refuse_authority(ours, renew_days, ca_names)
    if found.not_valid_after_utc < _days_from_now(renew_days):
        return f"the certificate ends on {found.not_valid_after_utc:%Y-%m-%d}"
    return ""


def _differing_names(certificate: x509.Certificate, names: list[str]) -> str:
    """A surplus name counts, too: whatever mistake it came from must not stay until the certificate ends."""
    wanted = {_comparable(general): name for general, name in zip(general_names(names), names)}
    found = {_comparable(general) for general in _alternatives(certificate)}
    if lacking := [name for key, name in wanted.items() if key not in found]:
        return f"the certificate does not name {lacking[0]}"
    if surplus := sorted(value for kind, value in found - set(wanted)):
        return f"the certificate also names {surplus[0]}"
    return ""


def _comparable(name: x509.GeneralName) -> tuple[str, str]:
    return type(name).__name__, str(name.value).lower()


def _refuse_authority(certificate: x509.Certificate, renew_days: int, ca_names: Permitted | None) -> None:
    end = certificate.not_valid_after_utc
    if end < dt.datetime.now(dt.timezone.utc):
        raise PkiError(f"the certificate authority ended on {end:%Y-%m-%d}: {NEW_AUTHORITY}.")
    if end < _days_from_now(renew_days):
        raise PkiError(
            f"the certificate authority ends on {end:%Y-%m-%d}, within aether_tls_renew_days, and no certificate "
            f"outlives it: {NEW_AUTHORITY}."
        )
    permitted = _permitted_by(certificate)
    if permitted is None:
        raise PkiError(
            "the certificate authority has no name constraints, so its key could issue for any web site: "
            f"{NEW_AUTHORITY}."
        )
    if ca_names is not None and ca_names != permitted:
        raise PkiError(
            f"aether_tls_ca_names limits the certificate authority to {ca_names}, and the existing one is limited to "
            f"{permitted}: set it back, or {NEW_AUTHORITY}."
        )


def _constraints(permitted: Permitted) -> x509.NameConstraints:
    """A permitted "mon1" would cover every name below it, hence the excluded ".mon1", unless that is permitted, too."""
    subtrees: list[x509.GeneralName] = [x509.DNSName(domain) for domain in sorted(permitted.domains)]
    subtrees += [x509.IPAddress(network) for network in sorted(permitted.networks, key=str)]
    below = sorted(f".{domain}" for domain in permitted.domains if "." not in domain)
    bare = [x509.DNSName(name) for name in below if name not in permitted.domains]
    return x509.NameConstraints(permitted_subtrees=subtrees, excluded_subtrees=bare)


def _permitted_by(authority: x509.Certificate) -> Permitted | None:
    """None for an authority without constraints."""
    found = _extension(authority, x509.NameConstraints)
    if found is None:
        return None
    subtrees = found.permitted_subtrees or []
    return Permitted(
        domains=frozenset(one.value for one in subtrees if isinstance(one, x509.DNSName)),
        networks=frozenset(one.value for one in subtrees if isinstance(one, x509.IPAddress)),  # type: ignore[misc]
    )


def _refuse_outside(certificate: x509.Certificate, names: list[str]) -> None:
    permitted = _permitted_by(certificate)
    if permitted is not None and (outside := permitted.outside(names)):
        raise PkiError(
            f"the certificate authority cannot issue for {outside[0]}, since it is limited to {permitted}: set "
            f"aether_tls_ca_names to all domains and networks that it is to issue for, and {NEW_AUTHORITY}."
        )


def refuse_pair(pair: Pair, names: Iterable[str], client: bool = False, peer_names: Iterable[str] = ()) -> None:
    """Raise PkiError where a certificate from files would not work on a host that others reach by the names.

    client: it is also a client certificate. peer_names: those that peers of a cluster demand, where no wildcard helps.
    """
    try:
        chain = x509.load_pem_x509_certificates(pair.certificate.encode())
        trusted = x509.load_pem_x509_certificates(pair.authority.encode())
        key = serialization.load_pem_private_key(pair.key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise PkiError(
            "aether_tls_files: the files must be PEM, the certificate with its intermediates first, and the key "
            f"without a passphrase ({error}): convert them with openssl."
        ) from error
    first = chain[0]
    if key.public_key() != first.public_key():
        raise PkiError("aether_tls_files: the key is not the certificate's: give the two that were made together.")
    now = dt.datetime.now(dt.timezone.utc)
    if first.not_valid_after_utc < now:
        raise PkiError(
            f"aether_tls_files: the certificate ended on {first.not_valid_after_utc:%Y-%m-%d}: put a new one there."
        )
    if first.not_valid_before_utc > now:
        raise PkiError(
            f"aether_tls_files: the certificate is of use from {first.not_valid_before_utc:%Y-%m-%d} on: keep the one "
            "before it until then."
        )
    if lacking := lacking_names(first, names):
        raise PkiError(
            f"aether_tls_files: the certificate does not name {lacking[0]}, by which other hosts reach this one: get "
            "one that does, or set aether_address to a name that it has."
        )
    if client and not _is_for_clients(first):
        raise PkiError(
            "aether_tls_files: the certificate is for servers alone, and Alertmanagers of a cluster show theirs to "
            "each other: get one with the extended key usage clientAuth, too."
        )
    if lacking := [name for name in peer_names if name not in _literal_names(first)]:
        raise PkiError(
            f"aether_tls_files: the certificate does not name {lacking[0]} itself, and an Alertmanager lets no peer "
            "into its cluster that has it by a wildcard or in other letters: get one that has exactly this name."
        )
    if not _leads_to(trusted, chain):
        raise PkiError(
            "aether_tls_files: the certificate was not issued by what ca holds: give that authority, or append the "
            "intermediate certificates to the certificate."
        )


def _is_for_clients(certificate: x509.Certificate) -> bool:
    """A certificate that names no usage is for any."""
    usages = _usages_of(certificate)
    return not usages or ExtendedKeyUsageOID.CLIENT_AUTH in usages


def _usages_of(certificate: x509.Certificate) -> set[x509.ObjectIdentifier]:
    return set(_extension(certificate, x509.ExtendedKeyUsage) or ())


def _usages(client: bool) -> list[x509.ObjectIdentifier]:
    return [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if client else [])]


def _literal_names(certificate: x509.Certificate) -> set[str]:
    """As Go reads them."""
    return {str(name.value) for name in _alternatives(certificate)}


def _alternatives(certificate: x509.Certificate) -> list[x509.GeneralName]:
    return list(_extension(certificate, x509.SubjectAlternativeName) or ())


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def lacking_names(certificate: x509.Certificate, names: Iterable[str]) -> list[str]:
    """Those that a client would not accept it for. A wildcard stands for one label, as everywhere."""
    alternatives = _alternatives(certificate)
    dns = {name.value.lower() for name in alternatives if isinstance(name, x509.DNSName)}
    addresses = {name.value for name in alternatives if isinstance(name, x509.IPAddress)}

    def covered(name: str) -> bool:
        if (address := ip(name)) is not None:
            return address in addresses
        return name.lower() in dns or f"*.{name.lower().partition('.')[2]}" in dns

    return [name for name in names if not covered(name)]


def _make(directory: Path, passphrase: str, environment: str, permitted: Permitted) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"AetherLink monitoring {environment}")
    builder = (
        _builder(name, name, key.public_key(), _days_from_now(AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(_constraints(permitted), critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    # The key first: a run that is killed in between leaves nothing that looks like an authority.
    write_durably(directory / "ca.key", _encrypted_key(key, passphrase), 0o600)
    write_durably(directory / "ca.pem", _pem(certificate).encode(), 0o644)
    return Authority(certificate, key)


def _encrypted_key(key: ec.EllipticCurvePrivateKey, passphrase: str) -> bytes:
    """In OpenSSH's format: of those that cryptography writes, the one with a key derivation that resists guessing."""
    builder = serialization.PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(KDF_ROUNDS)
    try:
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, builder.build(passphrase.encode())
        )
    except UnsupportedAlgorithm as error:
        raise _no_bcrypt() from error


def _no_bcrypt() -> PkiError:
    return PkiError(
        "the key of the certificate authority needs the Python package bcrypt on the controller, beside ansible-core: "
        "install it there (pip install bcrypt)."
    )


def opened(directory: Path, passphrase: str) -> Authority:
    """The one that is there. Raises PkiError."""
    missing = [name for name in ("ca.pem", "ca.key") if not (directory / name).exists()]
    if missing:
        other = {"ca.pem": "ca.key", "ca.key": "ca.pem"}[missing[0]]
        raise PkiError(
            f"{directory} has {other} but no {missing[0]}: restore it from your backup; or remove "
            f"{other}, and the next run makes a new authority and new certificates."
        )
    try:
        certificate = x509.load_pem_x509_certificate((directory / "ca.pem").read_bytes())
    except ValueError as error:
        raise PkiError(f"{directory / 'ca.pem'} is no PEM certificate: restore it from your backup.") from error
    key = _opened_key(directory / "ca.key", passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise PkiError(f"{directory / 'ca.key'} is not the key of ca.pem beside it: restore the two together.")
    return Authority(certificate, key)


def _opened_key(path: Path, passphrase: str) -> SSHPrivateKeyTypes:
    status = path.stat()
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        path.chmod(0o600)  # version control does not keep the mode
    try:
        return serialization.load_ssh_private_key(path.read_bytes(), passphrase.encode())
    except UnsupportedAlgorithm as error:
        raise _no_bcrypt() from error
    except (ValueError, TypeError) as error:
        raise PkiError(
            f"{path} does not open with aether_tls_ca_passphrase: set the one that it was made with, in the "
            "environment's vault."
        ) from error


def _days_from_now(days: int) -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days)


def _builder(subject: x509.Name, issuer: x509.Name, key: PublicKeyTypes, until: dt.datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime.now(dt.timezone.utc) - CLOCK_SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)  # type: ignore[arg-type]
    )


def _key_usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued_by(certificate: x509.Certificate, trusted: Iterable[x509.Certificate]) -> bool:
    for one in trusted:
        try:
            certificate.verify_directly_issued_by(one)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False


def _leads_to(trusted: list[x509.Certificate], chain: list[x509.Certificate]) -> bool:
    """Whether a client that trusts these alone finds its way from the first of the chain, over the others."""
    link, others = chain[0], chain[1:]
    while not _issued_by(link, trusted):
        issuer = next((other for other in others if _issued_by(link, [other])), None)
        if issuer is None:
            return False
        others.remove(issuer)
        link = issuer
    return True


def general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Raises PkiError."""
    return [_general_name(name) for name in names]


def _general_name(name: str) -> x509.GeneralName:
    address = ip(name)
    try:
        return x509.IPAddress(address) if address is not None else x509.DNSName(name)
    except ValueError as error:
        raise PkiError(
            f"a certificate cannot name {name}: write it in ASCII, as DNS has it (xn--...), in the inventory or in "
            "aether_tls_names."
        ) from error


def _leaf_name(name: str) -> x509.Name:
    """OpenSSL takes the common name for a DNS name where the certificate has no other, and then 192.0.2.7 would be one
    that the authority's constraints do not permit."""
    return _name(name if ip(name) is None else f"host {name}")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:LONGEST_COMMON_NAME])])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _plain_key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
