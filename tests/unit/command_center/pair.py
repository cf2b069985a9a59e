# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and password files for the tests of who may ask, and by which way."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def write_pair(folder: Path, name: str) -> dict[str, str]:
    """Write a self-signed certificate for 127.0.0.1 with its key, each by a rename as a deploy does; their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    replace(folder / "certificate.pem", certificate.public_bytes(pem))
    replace(folder / "key.pem", key.private_bytes(pem, *plain))
    return {"certificate_file": str(folder / "certificate.pem"), "key_file": str(folder / "key.pem")}


def replace(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.rename(path)


def trust(path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=path)


def shown_name(port: int) -> str:
    """Whose certificate is shown to a new connection, whatever it is worth."""
    pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=5)
    (name,) = x509.load_pem_x509_certificate(pem.encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(name.value)


def users_text(**passwords: str) -> str:
    return "".join(f"{user}:{hashed(password)}\n" for user, password in passwords.items())


def hashed(password: str, n: int = 2**14, r: int = 8) -> str:
    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=1, dklen=32)
    return f"scrypt${n}${r}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"
