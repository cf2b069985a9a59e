# SPDX-License-Identifier: GPL-3.0-or-later
"""The running program: the services, the admin listener, and the reload of both."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import __version__
from .admin import admin_handler
from .config import Config, ConfigError, Service, load
from .http_server import Listener
from .vertical import Vertical

log = logging.getLogger(__name__)


class Program:
    def __init__(self, path: Path) -> None:
        """Load the configuration at path and listen. Raises ConfigError."""
        self._path = path
        self._config = load(path)
        self._config_error: str | None = None
        self._config_loads = 1
        self.verticals: dict[str, Vertical] = {}
        self._admin: Listener | None = None
        self._admin_at: tuple[str, int] | None = None
        self._listen(self._config)
        log.info("serving %s", ", ".join(f"{s.name} on port {s.port}" for s in self._config.services))

    def reload(self) -> None:
        """Take on the file as it is now. A bad one changes nothing, is logged and shown by /readyz."""
        try:
            config = load(self._path)
            self._listen(config)
        except ConfigError as error:
            self._config_error = str(error)
            log.error("the new configuration is not used: %s", error)
            return
        self._config, self._config_error = config, None
        self._config_loads += 1
        log.info("configuration reloaded")

    def readiness(self) -> dict[str, Any]:
        return {
            "ready": True,
            "config_sha256": self._config.sha256,
            "version": __version__,
            "config_error": self._config_error,
            "config_loads": self._config_loads,
        }

    def _listen(self, config: Config) -> None:
        """Bring the listeners to what config says; those that stay as they are keep their fault.

        Where a port cannot be used, those of the present configuration come back and ConfigError is raised.
        """
        try:
            self._switch(config)
        except ConfigError:
            if config is not self._config:
                self._switch(self._config)
            raise

    def _switch(self, config: Config) -> None:
        wanted: dict[str, Service] = {service.name: service for service in config.services}
        for name, vertical in list(self.verticals.items()):
            if wanted.get(name) != vertical.service:
                vertical.close()
                del self.verticals[name]
        admin_at = (config.admin_address, config.admin_port)
        if self._admin and self._admin_at != admin_at:
            self._admin.close()
            self._admin = None
        for index, service in enumerate(config.services):
            if service.name not in self.verticals:
                self.verticals[service.name] = _open(f"services[{index}].port", Vertical, service)
        if self._admin is None:
            self._admin = _open("listen.admin_port", Listener, *admin_at, admin_handler(self))
            self._admin_at = admin_at


def _open(where: str, make: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return make(*arguments)
    except OSError as error:
        raise ConfigError(where, f"cannot be listened on ({error.strerror})", "give a free port") from None
