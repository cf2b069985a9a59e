# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener's certificate, taken up anew when its files change: no restart, and no connection is cut."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from .config import Tls
from .fields import ConfigError

log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, ...], ...]


class Certificate:
    def __init__(self, tls: Tls) -> None:
        """Read the files. Raises ConfigError."""
        self._tls = tls
        self._tried = self._seen = self._stamp()
        self.context = server_context(tls)

    def refresh(self) -> None:
        """Called now and then. What cannot be used is logged once, and the certificate stays as it is."""
        stamp = self._stamp()
        settled, self._seen = stamp == self._seen, stamp
        # What has just changed may be half of a new pair.
        if not settled or stamp == self._tried:
            return
        self._tried = stamp
        try:
            self.context = server_context(self._tls)
        except ConfigError as error:
            log.error("the new certificate is not used: %s", error)
        else:
            log.info("the certificate was renewed")

    def _stamp(self) -> Stamp:
        return tuple(_stamp(path) for path in (self._tls.certificate_file, self._tls.key_file))


def server_context(tls: Tls) -> ssl.SSLContext:
    """What connections are opened with. Raises ConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client that asks for handshake after handshake on one connection would cost much and look like one.
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        # A key with a passphrase would be asked for on a terminal that is not there.
        context.load_cert_chain(tls.certificate_file, tls.key_file, password=lambda: "")
    except OSError as error:  # of the TLS library too
        where = f"{tls.certificate_file}, {tls.key_file}"
        raise ConfigError(
            "listen.tls",
            f"cannot be used ({where}: {_why(error)})",
            "give a certificate and its key, without passphrase, in PEM that the service may read",
        ) from None
    return context


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not PEM").lower().replace("_", " ")
    return error.strerror or "cannot be read"


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when the file does; empty where it cannot be seen."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_mtime_ns, status.st_size
