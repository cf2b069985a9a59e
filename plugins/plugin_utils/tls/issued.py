# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of what the collection's own authority issued: issued.jsonl beside ca.pem, one line for a certificate."""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import suppress
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import alone

with suppress(ImportError):  # ansible-core brings it, and only ansible-test imports this without
    from cryptography import x509

FILE = "issued.jsonl"


def record(directory: Path, certificate: str, *, host: str, component: str, by: str) -> None:
    """Append a certificate, a PEM text, before a host gets it. Raises ConfigError."""
    try:
        with alone(directory / "ca"):
            _append(directory / FILE, json.dumps(_entry(certificate, host, component, by)) + "\n")
    except OSError as error:
        raise ConfigError(
            f"{directory / FILE}, the record of the certificates that were issued, cannot be written "
            f"({error.strerror}): make the file writable."
        ) from error


def _entry(certificate: str, host: str, component: str, by: str) -> dict[str, str | list[str]]:
    issued = x509.load_pem_x509_certificate(certificate.encode())
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {
        "at": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        "serial": f"{issued.serial_number:x}",
        "not_after": issued.not_valid_after_utc.isoformat(timespec="seconds"),
        "host": host,
        "component": component,
        "names": [str(name.value) for name in names],
        "by": by,
    }


def _append(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "ab") as stream:
        stream.write(line.encode())
        stream.flush()
        os.fsync(descriptor)
