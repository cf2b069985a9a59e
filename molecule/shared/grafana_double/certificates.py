# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that the double shows: read at the start, and again when its files have changed."""

from __future__ import annotations

import ssl
import threading
import time

from .errors import Fatal
from .log import Log
from .settings import kinds
from .settings.load import Settings

_VERSIONS = {"": ssl.TLSVersion.TLSv1_2, "TLS1.2": ssl.TLSVersion.TLSv1_2, "TLS1.3": ssl.TLSVersion.TLSv1_3}
_Times = tuple[int, int]


class Certificates:
    """`context` is of what the files had when they were last good: one is made for each reading, as Grafana does."""

    def __init__(self, settings: Settings, log: Log) -> None:
        """Raises Fatal."""
        self._files = settings.path("server", "cert_file"), settings.path("server", "cert_key")
        self._oldest = _VERSIONS[settings.text("server", "min_tls_version")]
        self._log = log
        try:
            self._times = self._changed()
            self.context = self._read()
        except OSError as error:
            text = f"{self._files[0]}, {self._files[1]}: {error}"
            raise Fatal("http.server", "failed to load the certificate", text) from None

    def watch(self, seconds: float) -> None:
        """0: never, as is Grafana's default."""
        if seconds:
            threading.Thread(target=self._watch, args=(seconds,), daemon=True).start()

    def _watch(self, seconds: float) -> None:
        while True:
            time.sleep(seconds)
            self.update()

    def update(self) -> None:
        try:
            times = self._changed()
            if times == self._times:
                return
            self.context, self._times = self._read(), times
            self._log.info("http.server", "Server certificates updated", cMtime=times[0], kMtime=times[1])
        except OSError as error:  # the one file was there before the other: the next look finds both
            self._log.error("http.server", "Not able to reload certificates", error=error)

    def _changed(self) -> _Times:
        certificate, key = (path.stat().st_mtime_ns for path in self._files)
        return certificate, key

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = self._oldest
        context.load_cert_chain(*self._files)
        return context


def certificates(settings: Settings, log: Log) -> Certificates | None:
    """None where the double does not speak TLS."""
    if settings.text("server", "protocol") != "https":
        return None
    _needs(settings)
    found = Certificates(settings, log)
    found.watch(kinds.seconds(settings.text("server", "certs_watch_interval")))
    return found


def _needs(settings: Settings) -> None:
    for key in ("cert_file", "cert_key"):
        if not settings.text("server", key):
            cause = f"server.{key} is empty, and Grafana would make a certificate of its own, which nobody trusts"
            raise Fatal("http.server", "failed to load the certificate", cause)
