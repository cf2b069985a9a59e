# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages, directories and the journal's limits."""

from __future__ import annotations

import stat
from collections.abc import Callable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import Change, Machine

DIRECTORIES = ("/opt/aetherlink", "/etc/aetherlink", "/var/lib/aetherlink")
"""What lies in them is made by deploys and by systemd, each with its own modes."""
DIRECTORY_MODE = 0o755

JOURNALD = "/etc/systemd/journald.conf.d/aetherlink.conf"
STARTED = "/run/systemd/units/invocation:systemd-journald.service"
"""A link that systemd makes anew at each start of the unit."""


def packages(machine: Machine, wanted: list[str]) -> list[Change]:
    """One change for all that are missing; nothing is upgraded or removed."""
    if not wanted:
        return []
    command = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *wanted]
    out = machine.run(command, "")[1]
    there = {name for name, status in (line.split() for line in out.splitlines()) if status == "installed"}
    missing = [name for name in wanted if name not in there]
    return [Change("packages", f"install {', '.join(missing)}", lambda: _install(machine, missing))] if missing else []


def _install(machine: Machine, names: list[str]) -> None:
    apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=120")
    machine.run([*apt, "update"], "")  # if this fails, the install reports it where it matters
    machine.do(*apt, "install", "--yes", "--no-install-recommends", *names)


def directories(machine: Machine, uid: int = 0) -> list[Change]:
    """A symbolic link to a directory will do: /opt may lie elsewhere."""
    changes = []
    for name in DIRECTORIES:
        path = machine.path(name)
        try:
            seen = path.stat()
        except FileNotFoundError:
            changes.append(Change("directories", f"make {name}", _maker(machine, name)))
            continue
        if (stat.S_IMODE(seen.st_mode), seen.st_uid) != (DIRECTORY_MODE, uid):
            action = f"give {name} to root with mode 0755 (it has {stat.S_IMODE(seen.st_mode):04o})"
            changes.append(Change("directories", action, _repair(machine, name, uid)))
    return changes


def _maker(machine: Machine, name: str) -> Callable[[], None]:
    def make() -> None:
        machine.path(name).mkdir(parents=True, exist_ok=True)
        machine.path(name).chmod(DIRECTORY_MODE)  # whatever the umask is

    return make


def _repair(machine: Machine, name: str, uid: int) -> Callable[[], None]:
    def repair() -> None:
        path = machine.path(name)
        if path.stat().st_uid != uid:
            machine.do("chown", "root:root", str(path))
        path.chmod(DIRECTORY_MODE)

    return repair


def journald_text(limits: dict[str, Any]) -> str:
    """The drop-in of journald; empty for no limits."""
    lines = "".join(f"{name}={value}\n" for name, value in limits.items())
    return f"# Managed by aetherlink.monitoring.\n[Journal]\n{lines}" if lines else ""


def journald(machine: Machine, wanted: str) -> list[Change]:
    """The drop-in with the limits; none where ``wanted`` is empty. In force only once journald has read it."""
    if not machine.path("/run/systemd/system").is_dir():
        return []  # the component's deploy says that it needs systemd
    seen = machine.read(JOURNALD)
    if not wanted and seen is None:
        return []
    if wanted == seen and not _older_than(machine, STARTED, JOURNALD):
        return []

    def apply() -> None:
        if wanted:
            machine.write(JOURNALD, wanted)
        else:
            machine.path(JOURNALD).unlink()
        machine.do("systemctl", "restart", "systemd-journald.service")

    what = "limit the journal" if wanted != seen else "have journald read its limits"
    return [Change("journald", what if wanted else "lift the journal's limits", apply, seen or "", wanted)]


def _older_than(machine: Machine, one: str, other: str) -> bool:
    """False where one of them is not there."""
    try:
        return machine.path(one).lstat().st_mtime < machine.path(other).lstat().st_mtime
    except FileNotFoundError:
        return False
