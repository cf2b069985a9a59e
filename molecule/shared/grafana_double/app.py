# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running double consists of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .annotations import Annotations
from .dashboards import Dashboards
from .errors import Fatal
from .log import Log
from .metrics import Metrics
from .plugins import Plugins, bundled
from .provisioning.service import Provisioning
from .release import Release, release
from .settings.load import Settings
from .sources import Sources
from .store import Store
from .users import Users


@dataclass(frozen=True)
class App:
    settings: Settings
    release: Release
    journal: Log
    store: Store
    users: Users
    sources: Sources
    dashboards: Dashboards
    annotations: Annotations
    provisioning: Provisioning
    metrics: Metrics
    plugins: Plugins


def application(settings: Settings) -> App:
    """Nothing is provisioned yet. Raises Fatal."""
    _refuse_what_the_double_has_not(settings)
    log = _log(settings)
    database = settings.path("paths", "data") / settings.text("database", "path")
    store = Store(database, settings.flag("database", "wal"))
    sources, dashboards = Sources(store), Dashboards(store)
    provisioning = Provisioning(settings.path("paths", "provisioning"), store, dashboards, sources, log)
    version = release()
    metrics = Metrics(version, lambda: len(list(dashboards.all())))
    users = Users(store, settings)
    notes, plugins = Annotations(store), Plugins(bundled(settings), log)
    return App(settings, version, log, store, users, sources, dashboards, notes, provisioning, metrics, plugins)


def _refuse_what_the_double_has_not(settings: Settings) -> None:
    kind, protocol = settings.text("database", "type"), settings.text("server", "protocol")
    for refused, cause in (
        (kind != "sqlite3", f"the double has no {'PostgreSQL' if kind == 'postgres' else kind}"),
        (protocol not in ("http", "https"), f"the double does not speak {protocol}"),
        (settings.flag("auth.anonymous", "enabled"), "the double lets nobody in without a login"),
    ):
        if refused:
            raise Fatal("settings", "failed to load the configuration", cause)


def _log(settings: Settings) -> Log:
    mode = settings.text("log", "mode").split()
    file: Path | None = settings.path("paths", "logs") / "grafana.log" if "file" in mode else None
    try:
        return Log(settings.text("log", "level"), file, "console" in mode)
    except OSError as error:
        raise Fatal("settings", "failed to open the log", f"{file}: {error.strerror}") from None
