# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards out of files, in the order in which Grafana does it: what is missing goes first, then the new is saved."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..dashboards import Dashboard, Dashboards
from ..errors import ProvisioningError
from ..log import Log
from ..sources import Sources
from . import checks, files
from .files import File
from .providers import Provider

_LOGGER = "provisioning.dashboard"


class Walker:
    """Walks the files of providers. restricted: providers that save nothing, since their files are not right."""

    def __init__(self, dashboards: Dashboards, sources: Sources, log: Log) -> None:
        self._dashboards, self._sources, self._log = dashboards, sources, log
        self._seen: dict[str, list[File]] = {}
        self.restricted: set[str] = set()

    def forget_others(self, providers: Iterable[Provider]) -> None:
        """Dashboards of providers that are no longer there go with them."""
        names = {provider.name for provider in providers}
        for dashboard in list(self._dashboards.all()):
            if dashboard.provider and dashboard.provider not in names:
                self._dashboards.delete(dashboard)
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}

    def walk(self, provider: Provider) -> None:
        """Raises ProvisioningError; then nothing of the provider was saved, but what is missing is gone."""
        try:
            paths = files.found(provider)
        except FileNotFoundError as error:
            # Not fatal in Grafana either, and what was provisioned before stays.
            self._log.warn(_LOGGER, "Failed to provision config", name=provider.name, error=error)
            return
        there = {one.path: one for one in self._dashboards.all() if one.provider == provider.name}
        for path in set(there) - set(paths):
            self._remove(there.pop(path), provider)
        try:
            read = [files.read(path, provider) for path in paths]
            for file in read:
                checks.check(file, self._sources.all())
            others = [file for name, seen in self._seen.items() if name != provider.name for file in seen]
            checks.check_together([*others, *read])
        except ProvisioningError:
            self.restricted.add(provider.name)
            raise
        self.restricted.discard(provider.name)
        self._seen[provider.name] = read
        for file in read:
            self._save(file, provider, there.get(file.path))

    def _remove(self, dashboard: Dashboard, provider: Provider) -> None:
        if provider.keep_missing:
            self._dashboards.unprovision(dashboard)
        else:
            self._dashboards.delete(dashboard)
        done = "unprovisioning" if provider.keep_missing else "deleting"
        self._log.info(_LOGGER, f"{done} provisioned dashboard, missing on disk", uid=dashboard.uid)

    def _save(self, file: File, provider: Provider, old: Dashboard | None) -> None:
        folder = self._dashboards.folder(file.folder, provider.folder_uid)
        if old and old.checksum == file.checksum and old.folder == folder:
            return
        # A dashboard that somebody made in the page is taken over by a file with its uid.
        old = old or self._dashboards.get(str(file.data["uid"]))
        provisioned = {"provider": provider.name, "path": file.path, "checksum": file.checksum}
        saved = self._dashboards.save(file.data, folder, old, **provisioned)
        self._log.info(_LOGGER, "saved dashboard", uid=saved.uid, version=saved.version, file=file.path)


def external_id(dashboard: Dashboard, provider: Provider | None) -> str:
    """The path below the provider's, as the API shows it."""
    return os.path.relpath(dashboard.path, files.root(provider)) if provider else dashboard.path
