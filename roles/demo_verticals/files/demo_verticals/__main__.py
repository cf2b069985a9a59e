# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the demo verticals."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from . import __version__
from .config import ConfigError, load
from .program import Program

SIGNALS = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT}


def main() -> None:
    """Run until told to stop. Exit status: 0 stopped or checked, 1 bad configuration, 2 wrong arguments."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # for all threads; they are waited for below
    parser = argparse.ArgumentParser(prog="demo_verticals", description="Services for dev, tests and drills.")
    parser.add_argument("--config", type=Path, required=True, help="the configuration, a JSON file")
    parser.add_argument("--check", action="store_true", help="check the configuration and exit")
    parser.add_argument("--version", action="version", version=__version__)
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        if arguments.check:
            config = load(arguments.config)
            print(f"{arguments.config}: valid, services: {len(config.services)}")
            return
        program = Program(arguments.config)
    except ConfigError as error:
        sys.exit(str(error))
    while signal.sigwait(SIGNALS) == signal.SIGHUP:
        program.reload()


if __name__ == "__main__":
    main()
