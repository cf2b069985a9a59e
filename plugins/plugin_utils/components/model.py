# SPDX-License-Identifier: GPL-3.0-or-later
"""What a component is: all that a deploy, a check and a rollback need to know of it, as typed data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.checker_messages import Origins


@dataclass(frozen=True)
class ArtifactSource:
    """A program of this collection: what its zipapp is made from, or the file that somebody has made.

    requirements: its locked libraries, none where it has no such file. variable: that names the file `prebuilt`.
    module_utils: what it shares with the modules, such as `notifications.protocols`.
    """

    folder: Path
    requirements: Path | None = None
    prebuilt: str = ""
    variable: str = ""
    module_utils: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Component:
    """Paths are below a release's etc/, but for those that begin with /.

    files, secrets: text by path. root_only: the secrets that not even the service may read. flags: text of flags.env.
    restart_on: values that need a restart where one differs; restart_files: files that do.
    listens: addresses by the variable that sets them. secured: nobody gets in without TLS and a login.
    asks_password: whether it wants one; None for a component that has none to ask for.
    program, checks, health_check, parts: options of the module `release`. archive, repository: of the program.
    optional: the run goes on without it where its program cannot be had. notes: what a deploy tells its operator.
    verify: further options of the module `verify`. origins: of its checker's messages, where they can be explained.
    """

    name: str
    user: str
    unit: dict[str, str]
    files: dict[str, str]
    flags: str
    program: dict[str, Any]
    checks: list[dict[str, Any]]
    health_check: dict[str, Any]
    skip_check: bool
    keep: int
    lock_timeout: int
    secrets: dict[str, str] = field(default_factory=dict)
    root_only: list[str] = field(default_factory=list)
    restart_on: list[str] = field(default_factory=list)
    restart_files: list[str] = field(default_factory=list)
    reloadable: bool = True
    linked: list[str] = field(default_factory=list)
    parts: dict[str, Any] = field(default_factory=dict)
    readable_by: str = ""
    tls: bool = False
    tls_names: list[str] = field(default_factory=list)
    tls_client: bool = False
    listens: dict[str, str] = field(default_factory=dict)
    secured: bool = False
    asks_password: bool | None = None
    archive: dict[str, Any] = field(default_factory=dict)
    repository: dict[str, str] = field(default_factory=dict)
    package_unit: str = ""
    artifact: ArtifactSource | None = None
    optional: bool = False
    notes: list[str] = field(default_factory=list)
    verify: dict[str, Any] = field(default_factory=dict)
    origins: Origins | None = None

    @property
    def url(self) -> str:
        """Where its API is on its own host."""
        base, _slashes, path = self.health_check["ready_url"].partition("://")
        return f"{base}://{path.partition('/')[0]}"
