# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a deploy needs to know of the host, read without asking for all facts."""

from __future__ import annotations

import grp
import platform
import sys
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

# The names that release archives use.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armv7", "ppc64le": "ppc64le", "s390x": "s390x"}
PYTHON_OF_ARTIFACTS = (3, 11)


def describe_host(method: str) -> dict[str, Any]:
    """Architecture, distribution; ReleaseError where a release of that install method cannot run at all."""
    require_systemd()
    release = read_os_release()
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise ReleaseError(f"this host's architecture {machine} is not supported; known are {', '.join(ARCHITECTURES)}")
    if method == "artifact" and sys.version_info < PYTHON_OF_ARTIFACTS:
        wanted, seen = (".".join(map(str, version[:2])) for version in (PYTHON_OF_ARTIFACTS, sys.version_info))
        raise ReleaseError(
            f"this host ({_distribution(release)}) has Python {seen}, and the program needs {wanted} or newer: deploy "
            "to a host that has it, such as Debian 12 or 13"
        )
    return {
        "architecture": ARCHITECTURES[machine],
        "distribution": release.get("ID", "unknown"),
        "distribution_version": release.get("VERSION_ID", ""),
    }


def require_systemd() -> None:
    if not Path("/run/systemd/system").is_dir():
        raise ReleaseError(
            f"this host ({_distribution(read_os_release())}) does not run systemd, which starts and watches the "
            "services: deploy to a host that does, such as Debian 12 or 13"
        )


def _distribution(release: dict[str, str]) -> str:
    return f"{release.get('ID', 'unknown')} {release.get('VERSION_ID', '')}".strip()


def read_os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key: value.strip("\"'") for key, _unused, value in pairs}


def group_id(name: str) -> int | None:
    """None where the host has no such group yet."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None
