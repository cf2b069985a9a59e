# SPDX-License-Identifier: GPL-3.0-or-later
"""Provisioning at the start, by the API, and of dashboards by itself every few seconds."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from ..dashboards import Dashboards
from ..errors import Fatal, ProvisioningError
from ..log import Log
from ..sources import Sources
from ..store import Store
from . import datasources, providers
from .dashboards import Walker
from .providers import Provider

# What Grafana reads at each start and the double has not, with Grafana's words for a directory that is not there.
_UNREAD = {
    "plugins": ("provisioning.plugins", "Failed to read plugin provisioning files from directory"),
    "alerting": ("provisioning.alerting", "can't read alerting provisioning files from directory"),
}


class Provisioning:
    def __init__(self, directory: Path, store: Store, dashboards: Dashboards, sources: Sources, log: Log) -> None:
        self._directory, self._store, self._sources, self._log = directory, store, sources, log
        self._walker = Walker(dashboards, sources, log)
        self._providers: dict[str, Provider] = {}
        self._stop = threading.Event()

    def start(self) -> None:
        """Raises Fatal."""
        self._or_fatal("data sources", self.reload_datasources)
        for name, (logger, message) in _UNREAD.items():
            self._look_into(self._directory / name, logger, message)
        self._or_fatal("dashboards", self.reload_dashboards)

    def provider(self, name: str) -> Provider | None:
        return self._providers.get(name)

    def reload_datasources(self) -> None:
        """Raises ProvisioningError."""
        with self._store.lock:
            datasources.provision(self._directory / "datasources", self._sources, self._log)

    def reload_dashboards(self) -> None:
        """Every provider is walked, also when one before it fails. Raises ProvisioningError."""
        with self._store.lock:
            found = providers.read(self._directory / "dashboards")
            self._restart_polling(found)
            self._log.info("provisioning.dashboard", "starting to provision dashboards")
            self._walker.forget_others(found)
            failures = [failure for provider in found if (failure := self._walked(provider))]
            if failures:
                raise failures[0]
            self._log.info("provisioning.dashboard", "finished to provision dashboards")

    def stop(self) -> None:
        self._stop.set()

    def _or_fatal(self, what: str, reload: Callable[[], None]) -> None:
        try:
            reload()
        except ProvisioningError as error:
            raise Fatal("provisioning", f"Failed to provision {what}", error) from None

    def _look_into(self, directory: Path, logger: str, message: str) -> None:
        """A directory that cannot be read is an error in the log, and no more."""
        try:
            os.listdir(directory)
        except OSError as error:
            cause = f"open {directory}: {os.strerror(error.errno or 0).lower()}"
            self._log.error(logger, message, path=directory, error=cause)

    def _walked(self, provider: Provider) -> ProvisioningError | None:
        try:
            self._walker.walk(provider)
        except ProvisioningError as error:
            self._log.error("provisioning.dashboard", "failed to save dashboard", name=provider.name, error=error)
            return error
        return None

    def _restart_polling(self, found: list[Provider]) -> None:
        self._stop.set()
        self._stop = threading.Event()
        self._providers = {provider.name: provider for provider in found}
        for provider in found:
            threading.Thread(target=self._poll, args=(provider, self._stop), daemon=True).start()

    def _poll(self, provider: Provider, stop: threading.Event) -> None:
        while not stop.wait(provider.interval):
            with self._store.lock:
                if not stop.is_set():
                    self._walked(provider)
