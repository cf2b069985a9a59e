# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of Command Center."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__

if TYPE_CHECKING:
    from .config import Listen


def main() -> None:
    """Run until told to stop. Exit status: 0 stopped or checked, 1 bad configuration, 2 wrong arguments."""
    # Until the configuration is read, a SIGHUP asks for nothing that does not happen anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    parser = argparse.ArgumentParser(prog="command_center", description="Asks every vertical how it is.")
    parser.add_argument("--config", type=Path, required=True, help="the configuration, a JSON file")
    parser.add_argument("--check", action="store_true", help="check the configuration and exit")
    parser.add_argument("--version", action="version", version=__version__)
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # Imported now, as it takes a while in which a SIGHUP must not end the process.
    from .config import load  # noqa: PLC0415
    from .fields import ConfigError  # noqa: PLC0415

    try:
        if arguments.check:
            config = load(arguments.config)
            _check_certificate(config.listen)
            print(f"{arguments.config}: valid, verticals: {len(config.verticals)}")
        else:
            _serve(arguments.config)
    except ConfigError as error:
        sys.exit(str(error))


def _check_certificate(listen: Listen) -> None:
    """It is no part of the configuration and may still have to be made; but what is there has to be of use."""
    from .certificate import server_context  # noqa: PLC0415

    if listen.tls and listen.tls.certificate_file.exists() and listen.tls.key_file.exists():
        server_context(listen.tls)


def _serve(path: Path) -> None:
    from .service import Service  # noqa: PLC0415

    service = Service(path)
    asyncio.new_event_loop().run_until_complete(service.run())
    # A name lookup that hangs in the C library would hold up a regular exit until it ends.
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main()
