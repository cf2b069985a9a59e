# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints {"files": count, "wrong": [sentences]}: whether each secret file is root's and its service's group's alone."""

from __future__ import annotations

import grp
import json
import pwd
from pathlib import Path

OPT = Path("/opt/aetherlink")
TLS = Path("/etc/aetherlink/tls")
ALLOWED = {0o640, 0o600, 0o440, 0o400}


def secret_files(component: Path) -> list[Path]:
    found = [path for path in component.glob("releases/[0-9]*/etc/secrets/*") if path.is_file()]
    return [*found, *component.glob("releases/[0-9]*/etc/web.yml"), *(TLS / component.name).glob("key.pem")]


def wrong(path: Path, group: str) -> list[str]:
    state = path.stat()
    mode, owner, of = state.st_mode & 0o7777, pwd.getpwuid(state.st_uid).pw_name, grp.getgrgid(state.st_gid).gr_name
    found = []
    if owner != "root":
        found.append(f"{path} is {owner}'s")
    if mode not in ALLOWED:
        found.append(f"{path} has the mode {mode:o}")
    if mode & 0o070 and of != group:
        found.append(f"{path} can be read by the group {of}")
    if path.parent.stat().st_mode & 0o007:
        found.append(f"{path.parent} can be listed or entered by others")
    return found


def main() -> None:
    files, found = 0, []
    for component in sorted(path for path in OPT.iterdir() if (path / "releases").is_dir()):
        group = f"aetherlink-{component.name.replace('_', '-')}"
        for path in secret_files(component):
            files += 1
            found += wrong(path, group)
    print(json.dumps({"files": files, "wrong": found}))


main()
