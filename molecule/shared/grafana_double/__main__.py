# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the double: that of Grafana, as far as it has it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from .app import App, application
from .errors import Fatal
from .log import line
from .release import release
from .server import Server
from .settings.load import load

_STOPS = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    """Run until told to stop. Exit status: 0 stopped, 1 cannot start, 2 wrong arguments."""
    version = release()
    about = f"grafana version {version.version} (test double, not Grafana)"
    parser = argparse.ArgumentParser(prog="grafana", description="A test double of Grafana.")
    parser.add_argument("--version", "-v", action="version", version=about)
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("server", help="run the server")
    server.add_argument("--homepath", type=Path, required=True, help="where conf/defaults.ini is")
    server.add_argument("--config", type=Path, required=True, help="grafana.ini")
    server.add_argument("--pidfile", type=Path, help="file to write the process id to")
    server.add_argument("--packaging", default="unknown", help="is taken and not used")
    server.add_argument("--version", "-v", action="version", version=about)
    server.add_argument("overrides", nargs="*", metavar="cfg:section.key=value")
    arguments = parser.parse_args()
    try:
        _serve(application(load(arguments.homepath, arguments.config, arguments.overrides)), arguments.pidfile)
    except Fatal as fatal:
        print(line(fatal.logger, "error", fatal.message, error=fatal), file=sys.stderr, flush=True)
        sys.exit(1)


def _serve(app: App, pidfile: Path | None) -> None:
    # Every thread that is made from here on leaves them to the wait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    app.journal.info(
        "settings", "Starting Grafana", version=app.release.version, commit=app.release.commit, double=True
    )
    server = Server(app)
    app.provisioning.start()
    server.listen()
    if pidfile:
        _write(pidfile)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    serving.start()
    host, port = server.server_name, server.server_port
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    protocol = app.settings.text("server", "protocol")
    app.journal.info("http.server", "HTTP Server Listen", address=shown, protocol=protocol, subUrl="", socket="")
    number = signal.sigwait(_STOPS)
    reason = "terminated" if number == signal.SIGTERM else "interrupt"
    app.journal.info("server", "Shutdown started", reason=f"System signal: {reason}")
    server.shutdown()
    server.server_close()
    app.provisioning.stop()
    app.store.close()


def _write(pidfile: Path) -> None:
    """Raises Fatal."""
    try:
        pidfile.write_text(f"{os.getpid()}\n")
    except OSError as error:
        raise Fatal("server", "Failed to write pidfile", error) from None


if __name__ == "__main__":
    main()
