# SPDX-License-Identifier: GPL-3.0-or-later
"""`grafana server --homepath HOME --config grafana.ini`: the test double of Grafana."""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

from .api import App, bundled
from .provisioning import Provisioning
from .server import Server
from .settings import FatalError, Settings
from .store import Admin, Store

_STOPS = (signal.SIGTERM, signal.SIGINT)
_LATER = 0.3  # seconds by which /api/health answers before the dashboards are there, as the real one does


def log(level: str, message: str, **fields: object) -> None:
    """A line of Grafana's log on stderr."""
    pairs = {"t": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": level, "msg": message, **fields}
    print(" ".join(f"{key}={json.dumps(str(value))}" for key, value in pairs.items()), file=sys.stderr, flush=True)


def main() -> None:
    """Exit status: 0 stopped, 1 cannot start, 2 wrong arguments."""
    version = json.loads(pkgutil.get_data(__package__, "release.json") or b"{}")["version"]
    parser = argparse.ArgumentParser(prog="grafana", description="A test double of Grafana.")
    about = f"grafana version {version} (test double, not Grafana)"
    parser.add_argument("--version", "-v", action="version", version=about)
    server = parser.add_subparsers(dest="command", required=True).add_parser("server")
    server.add_argument("--version", "-v", action="version", version=about)
    server.add_argument("--homepath", type=Path, required=True)
    server.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        _serve(version, Settings(arguments.homepath, arguments.config))
    except (FatalError, OSError, sqlite3.Error) as error:
        log("error", "*api.HTTPServer run error", error=error)
        sys.exit(1)


def _serve(version: str, settings: Settings) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)  # threads leave them to the wait below
    log("info", "Starting Grafana", version=version, double="true")
    store = Store(settings.path("paths", "data") / "grafana.db")
    admin = Admin(store, *(settings.text("security", f"admin_{what}") for what in ("user", "password")))
    provisioning = Provisioning(settings.path("paths", "provisioning"), store, log)
    server = Server(App(version, settings, store, admin, provisioning, bundled(settings), log))
    provisioning.data_sources()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    log("info", "HTTP Server Listen", address=f"{server.server_name}:{server.server_port}")
    threading.Thread(target=_provision_dashboards, args=(provisioning,), daemon=True).start()
    signal.sigwait(_STOPS)
    server.shutdown()
    server.server_close()


def _provision_dashboards(provisioning: Provisioning) -> None:
    time.sleep(_LATER)
    try:
        provisioning.dashboards()
    except FatalError as error:
        log("error", "Failed to provision dashboards", error=error)
        os._exit(1)


if __name__ == "__main__":
    main()
