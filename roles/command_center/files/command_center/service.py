# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the parts together: starts, reloads on SIGHUP, ends on SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import __version__
from .config import Config, load
from .fields import ConfigError
from .fleet import Fleet
from .key_names import KeyNames, kept_digest_key
from .listener import Listener
from .scheduler import Scheduler
from .web import create_app

log = logging.getLogger(__name__)


class Service:
    """The running program; also the source of what the web pages show."""

    def __init__(self, path: Path) -> None:
        """Load the configuration at path. Raises ConfigError."""
        self._path = path
        self._random_digest_key = secrets.token_bytes(32)
        self._config = load(path)
        self._config_error: str | None = None
        self._config_loads = 1
        self._not_ready: str | None = "starting"
        self._fleet = Fleet(self._config, self._key_names(self._config))

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises ConfigError when the address cannot be listened on."""
        loop = asyncio.get_running_loop()
        # A name lookup that hangs holds a thread beyond its ask's deadline; others must not queue behind it.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=128, thread_name_prefix="lookup"))
        wanted: asyncio.Queue[str] = asyncio.Queue()
        for number, what in ((signal.SIGHUP, "reload"), (signal.SIGTERM, "stop"), (signal.SIGINT, "stop")):
            loop.add_signal_handler(number, wanted.put_nowait, what)
        self._listener = Listener(create_app(self))
        self._scheduler = Scheduler(self._config, self._fleet)
        await self._listener.move(self._config.listen, self._config.users)
        self._scheduler.apply(self._config)
        self._not_ready = None
        log.info("asking %d verticals, %s", len(self._config.verticals), _where(self._config))
        while await wanted.get() == "reload":
            await self._reload()
        self._not_ready = "stopping"
        log.info("stopping")
        await asyncio.gather(self._scheduler.stop(), self._listener.close())

    def page(self) -> bytes:
        return self._fleet.page()

    def overview(self) -> dict[str, Any]:
        return self._fleet.overview()

    def readiness(self) -> dict[str, Any]:
        answer = {
            "ready": self._not_ready is None,
            "config_sha256": self._config.sha256,
            "version": __version__,
            "config_error": self._config_error,
            "config_loads": self._config_loads,
        }
        return answer if self._not_ready is None else {**answer, "reason": self._not_ready}

    async def _reload(self) -> None:
        """Take on the file as it is now; a bad one changes nothing, is logged and shown by /readyz."""
        try:
            config = load(self._path)
            names = self._key_names(config)
            await self._listener.move(config.listen, config.users)
        except ConfigError as error:
            self._config_error = str(error)
            log.error("the new configuration is not used: %s", error)
            return
        except Exception:
            self._config_error = "reading the configuration met a fault of Command Center's own; see its log"
            log.exception("the new configuration is not used")
            return
        self._fleet.apply(config, names)
        self._scheduler.apply(config)
        self._config, self._config_error = config, None
        self._config_loads += 1
        log.info("configuration reloaded: asking %d verticals, %s", len(config.verticals), _where(config))

    def _key_names(self, config: Config) -> KeyNames:
        settings = config.attribution
        if settings.digest_key:
            return KeyNames(settings.digest_key, settings.aliases)
        if config.state_dir:
            try:
                return KeyNames(kept_digest_key(config.state_dir), settings.aliases)
            except OSError as error:
                log.warning("state_dir cannot be written (%s)", error.strerror)
        log.warning("attribution.digest_key_file is not set: key labels without an alias change with each restart")
        return KeyNames(self._random_digest_key, settings.aliases)


def _where(config: Config) -> str:
    tls = " with TLS" if config.listen.tls else ""
    return f"listening on {config.listen.address} port {config.listen.port}{tls}, env {config.env}"
