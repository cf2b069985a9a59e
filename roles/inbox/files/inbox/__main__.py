# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the inbox."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvicorn

from . import __version__
from .config import ConfigError, load
from .mail import MailServer
from .messages import Messages
from .web import application


def main() -> None:
    """Run until told to stop. Exit status: 0 stopped or checked, 1 bad configuration, 2 wrong arguments."""
    parser = argparse.ArgumentParser(prog="inbox", description="A double of Slack, PagerDuty and a mail server.")
    parser.add_argument("--config", type=Path, required=True, help="the configuration, a JSON file")
    parser.add_argument("--check", action="store_true", help="check the configuration and exit")
    parser.add_argument("--version", action="version", version=__version__)
    arguments = parser.parse_args()
    try:
        config = load(arguments.config)
        messages = Messages(config.keep)
        mail = MailServer(config.mail, messages)
    except ConfigError as error:
        sys.exit(str(error))
    if arguments.check:
        print(f"{arguments.config}: valid")
        return
    app = application(config, messages, mail)
    uvicorn.run(app, host=config.address, port=config.port, lifespan="on", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
