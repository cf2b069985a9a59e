# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a component's certificate, key and authority are on its host; release/certificate.py puts them there."""

from __future__ import annotations

TLS_DIRECTORY = "/etc/aetherlink/tls"


def certificate_file(component: str) -> str:
    return f"{TLS_DIRECTORY}/{component}/certificate.pem"


def key_file(component: str) -> str:
    return f"{TLS_DIRECTORY}/{component}/key.pem"


def ca_file(component: str) -> str:
    """What tells the component whose certificates are good."""
    return f"{TLS_DIRECTORY}/{component}/ca.pem"
