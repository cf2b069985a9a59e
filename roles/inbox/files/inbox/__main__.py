# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the inbox."""

from __future__ import annotations

import argparse
import os
import socket
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
        if arguments.check:
            print(f"{arguments.config}: valid")
            return
        sockets = [_listen(config.address, config.port, "port"), _listen(config.address, config.smtp_port, "smtp_port")]
    except ConfigError as error:
        sys.exit(str(error))
    app = application(config, messages, mail, sockets[1])
    # At the end, a request that is half here gets one second.
    settings = uvicorn.Config(
        app, lifespan="on", ws="none", access_log=False, log_level="warning", timeout_graceful_shutdown=1
    )
    uvicorn.Server(settings).run(sockets=sockets[:1])


def _listen(address: str, port: int, key: str) -> socket.socket:
    """Raises ConfigError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        made = socket.create_server((address, port), family=family)
    except OSError as error:
        raise ConfigError(
            f"listen.{key}",
            f"cannot be used ({os.strerror(error.errno or 0)})",
            "give a free port and an address of this host",
        ) from None
    # The same, and called TCP: only then asyncio sends small answers at once, not 40 ms later.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=made.detach())


if __name__ == "__main__":
    main()
