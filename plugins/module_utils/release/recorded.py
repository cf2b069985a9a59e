# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release on disk as what was wanted when it was made, so that it can be gone back to without its inventory."""

from __future__ import annotations

from collections.abc import Iterable

from .desired_release import DesiredRelease, Program
from .store import Release


def desired_release(release: Release) -> DesiredRelease:
    meta = release.meta
    return DesiredRelease(
        component=release.path.parent.parent.name,
        environment=str(meta["environment"]),
        group=str(meta["group"]),
        unit_name=str(meta["unit"]),
        unit=release.content(f"unit/{meta['unit']}"),
        flags=release.content("flags.env"),
        program=program_of(release),
        files=plain_texts(release),
        secrets=secret_texts(release),
        restart_on=list(meta["restart_on"]),
        root_only=list(meta.get("root_only", [])),
    )


def program_of(release: Release) -> Program:
    meta = release.meta
    return Program(str(meta["method"]), str(meta["version"]), package=str(meta["package"]), links=dict(meta["links"]))


def plain_texts(release: Release) -> dict[str, str]:
    """{path below etc/: text} of all files but the secrets."""
    return _texts(release, set(release.meta["files"]) - set(release.meta["secrets"]))


def secret_texts(release: Release) -> dict[str, str]:
    """{path below etc/: text} of the secrets."""
    return _texts(release, release.meta["secrets"])


def _texts(release: Release, names: Iterable[str]) -> dict[str, str]:
    return {name[len("etc/") :]: release.content(name) for name in sorted(names) if name.startswith("etc/")}
