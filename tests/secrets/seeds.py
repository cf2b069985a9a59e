# SPDX-License-Identifier: GPL-3.0-or-later
"""A value of its own for every secret that a user can set, and where it is put: vault, file, environment, -e @FILE."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import string
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults.playbook import ROOT
from tests.secrets.errors import ScanError
from tests.secrets.needles import Secret

LETTERS = string.ascii_letters + string.digits
SPECIAL = "/+\"'&%="  # what encodings and quotes change
INVENTORY = ROOT / "tests/secrets/inventory"
KEPT = ("ca_passphrase", "grafana_secret_key")
"""What is not rotated by a deploy: docs/secrets.md."""
VAULT = (
    *("ca_passphrase", "web_password", "pagerduty_key", "smtp_password", "command_center_person", "digest_key"),
    *("aliased_key", "grafana_password", "grafana_secret_key"),
)
FILES = ("remote_token", "alertmanager_person", "source_token")
ENVIRONMENT = ("prometheus_person", "gateway_password", "slack_url")
EXTRA = ("watchdog_url",)
PLAIN = ("pagerduty_key", "slack_url", "watchdog_url", "aliased_key")  # letters and digits, as these really are
URLS = {
    "slack_url": "http://127.0.0.1:8025/slack/slack-prod?token=",
    "watchdog_url": "http://127.0.0.1:8025/webhook/watchdog?token=",
}
KEY_TEXT = slice(0, 26)
"""Of a P-256 key's second line, what is of the key alone; after it is what its certificate has, too."""


def draw(plain: bool = False) -> str:
    """Random: either end alone would be found, whatever an encoding makes of the middle."""
    ends = ["".join(secrets.choice(LETTERS) for _ in range(16)) for _ in range(2)]
    return ends[0] + ("" if plain else SPECIAL) + ends[1]


def of_key(pem: str) -> str:
    return pem.splitlines()[2][KEY_TEXT]


@dataclass(frozen=True)
class Seeds:
    """values: what each secret has; key, certificate: of the inbox. generation: 1, and 2 after rotation."""

    generation: int
    values: dict[str, str]
    key: str
    certificate: str

    def known(self) -> list[Secret]:
        names = [name for name in self.values if self.generation == 1 or name not in KEPT]
        found = [Secret(f"{name} ({self.generation})", self.values[name]) for name in names]
        return [*found, Secret(f"inbox_smtp_key ({self.generation})", of_key(self.key))]

    def given(self, name: str) -> str:
        return URLS.get(name, "") + self.values[name]

    def environment(self) -> dict[str, str]:
        return {f"SECRETS_{name.upper()}": self.given(name) for name in ENVIRONMENT}

    def extra(self) -> dict[str, str]:
        return {f"extra_{name}": self.given(name) for name in EXTRA}


def seeds(before: Seeds | None = None) -> Seeds:
    """All new, but for what stays."""
    values = {name: draw(name in PLAIN) for name in (*VAULT, *FILES, *ENVIRONMENT, *EXTRA)}
    if before:
        values |= {name: before.values[name] for name in KEPT}
    return Seeds(before.generation + 1 if before else 1, values, *_pair())


def write(found: Seeds, inventory: Path, directory: Path, password_file: Path) -> None:
    """Write the inventory with its vault, and files below directory. What else is in the inventory stays."""
    files = directory / "files"
    shutil.copytree(INVENTORY, inventory, dirs_exist_ok=True)
    files.mkdir(mode=0o700, exist_ok=True)
    texts = {name: found.given(name) for name in FILES} | {"inbox.key": found.key, "inbox.crt": found.certificate}
    for name, text in texts.items():
        (files / name).write_text(text)
    vault = files / "vault.yml"
    vault.write_text(yaml.safe_dump({f"vault_{name}": found.given(name) for name in VAULT}))
    command = ["ansible-vault", "encrypt", "--vault-password-file", str(password_file)]
    output = inventory / "group_vars/all/vault.yml"
    done = subprocess.run([*command, "--output", str(output), str(vault)], capture_output=True, text=True, check=False)
    vault.unlink()
    if done.returncode:
        raise ScanError(f"the vault cannot be made: {done.stderr[-300:]}")


def _pair() -> tuple[str, str]:
    """A key and its own certificate for localhost, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(hours=1))
    builder = builder.not_valid_after(now + dt.timedelta(days=2))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*plain).decode(), certificate.decode()
