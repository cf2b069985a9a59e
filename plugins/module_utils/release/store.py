# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases on disk: staged whole, switched by one rename, checked for drift, pruned. Knows no services."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from .desired_release import DesiredRelease, sha256
from .durable import STAGE_PREFIX, fsync_dir, leads_to, link_durably, write_durably
from .journal import Journal, now, serial
from .program import is_whole
from .scratch import abandoned

UPLOAD = ".upload"  # as roles/component/vars/main.yml names it
DIR_MODE, FILE_MODE, META_MODE = 0o750, 0o640, 0o600


RELEASE_ID = re.compile(r"[0-9]{4,}-[0-9a-f]{8}")


def _access(root_only: bool, gid: int) -> tuple[int, int, int]:
    """Mode, owner and group of a file of a release."""
    user = os.geteuid()
    return (META_MODE, user, os.getegid()) if root_only else (FILE_MODE, user, gid)


@dataclass(frozen=True)
class Release:
    """One release on disk and what its release.json says (`meta`: id, digest, created, by, version, files...)."""

    path: Path
    meta: dict[str, Any]

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def digest(self) -> str:
        return str(self.meta["digest"])

    def content(self, path: str) -> str:
        return (self.path / path).read_bytes().decode(errors="replace")  # line ends as they are


class Store:
    """The directory of one component: versions/, releases/, current, journal.jsonl."""

    def __init__(self, root: Path, component: str, config_root: Path) -> None:
        self.component = component
        self.home = root / component
        self.releases = self.home / "releases"
        self.versions = self.home / "versions"
        self.current = self.home / "current"
        self.journal = Journal(self.home / "journal.jsonl")
        self.config_link = config_root / component

    def prepare(self) -> None:
        for directory in (self.releases, self.versions, self.config_link.parent):
            directory.mkdir(parents=True, exist_ok=True, mode=0o755)

    # Reading

    def load(self, release_id: str) -> Release | None:
        path = self.releases / release_id
        try:
            return Release(path, json.loads((path / "release.json").read_text()))
        except (OSError, ValueError):
            return None

    def active(self) -> Release | None:
        try:
            return self.load(Path(os.readlink(self.current)).name)
        except OSError:
            return None

    def all(self) -> list[Release]:
        """Oldest first."""
        return [release for name in sorted(self._ids(), key=serial) if (release := self.load(name))]

    def by_use(self) -> list[Release]:
        """Those whose use is longest ago first: as last healthy, and last of all what a killed run was switching to."""
        begun = self.journal.begun()
        order = [*self.journal.healthy_ids(), *([begun["release"]] if begun else [])]
        return sorted(self.all(), key=lambda r: max((n for n, name in enumerate(order) if name == r.id), default=-1))

    def earlier(self, active: Release | None) -> list[str]:
        """Ids of what a rollback may go back to by itself, the latest first: healthy, older, and not left by one."""
        ids = set(self.journal.healthy_ids()) & set(self._ids()) - self.journal.left()
        older = [r for r in ids if active is None or serial(r) < serial(active.id)]
        return sorted(older, key=serial, reverse=True)

    def _ids(self) -> list[str]:
        """A directory that somebody put beside the releases is none of them."""
        return [path.name for path in self.releases.glob("[0-9]*") if RELEASE_ID.fullmatch(path.name)]

    def drift(self, release: Release, gid: int) -> dict[str, str]:
        """What was changed in a release behind our back: a phrase by file, empty when nothing."""
        found: dict[str, str] = {}
        root_only = {f"etc/{name}" for name in release.meta.get("root_only", [])}
        recorded: dict[str, str] = release.meta["files"]
        present = {str(p.relative_to(release.path)) for p in release.path.rglob("*") if not p.is_dir()}
        for name in sorted(present - set(recorded) - {"release.json", "bin"}):
            found[name] = f"{name} was added on the host"
        for name, wanted in sorted(recorded.items()):
            path = release.path / name
            try:
                status = os.lstat(path)
                if sha256(path.read_bytes()) != wanted:
                    found[name] = f"{name} was changed on the host"
                elif (status.st_mode & 0o777, status.st_uid, status.st_gid) != _access(name in root_only, gid):
                    found[name] = f"owner or mode of {name} was changed on the host"
            except OSError:
                found[name] = f"{name} is missing on the host"
        if not (release.path / "bin").is_dir():
            found["bin"] = f"the program of version {release.meta['version']} is missing on the host"
        return found

    def left_out(self) -> str:
        """Why an earlier run left the component out, as roles/component/tasks/left_out.yml has noted it."""
        try:
            return (self.home / "left_out").read_text()
        except OSError:
            return ""

    # Writing

    def strays(self, in_use: str = "") -> list[Path]:
        """What a killed run left half done, and what it brought along that is of no more use.

        in_use: path of what this run has brought along.
        """
        found = [path for parent in (self.releases, self.versions) for path in parent.glob(f"{STAGE_PREFIX}*")]
        found += [*self.home.glob(".*.new"), *abandoned(self.component)]
        uploads = {path: path.name[1 : -len(UPLOAD)] for path in self.home.glob(f".*{UPLOAD}") if str(path) != in_use}
        return found + [path for path, version in uploads.items() if is_whole(self.versions / version)]

    def sweep(self, in_use: str = "") -> None:
        """Take that away; finished releases are never touched."""
        for stray in self.strays(in_use):
            if stray.is_dir() and not stray.is_symlink():
                shutil.rmtree(stray, ignore_errors=True)
            else:
                stray.unlink(missing_ok=True)

    def stage(self, wanted: DesiredRelease, version: str, gid: int, meta: dict[str, Any]) -> Release:
        """Write the whole release under a staging name; `publish` gives it its own after the check."""
        release_id = f"{self._next_serial():04d}-{wanted.public_digest(version)[:8]}"
        path = self.releases / f"{STAGE_PREFIX}{release_id}"
        self._make_dir(path, gid)
        self._make_dir(path / "etc", gid)
        for name, data in sorted(wanted.tree().items()):
            for parent in reversed((path / name).relative_to(path).parents[:-1]):
                self._make_dir(path / parent, gid)
            mode, _unused, group = _access(name.removeprefix("etc/") in wanted.root_only, gid)
            write_durably(path / name, data, mode, group)
        os.symlink(f"../../versions/{version}", path / "bin")
        content = {
            "id": release_id,
            "digest": wanted.digest(version),
            "created": now(),
            "environment": wanted.environment,
            "group": wanted.group,
            "method": wanted.program.method,
            "package": wanted.program.package,
            "links": wanted.program.links,
            "version": version,
            "restart_on": wanted.restart_on,
            "root_only": sorted(wanted.root_only),
            "secrets": sorted(f"etc/{name}" for name in wanted.secrets),
            "unit": wanted.unit_name,
            "files": wanted.sums(),
            **meta,
        }
        # Root's alone: the sum of a short secret tells the secret.
        write_durably(path / "release.json", json.dumps(content, indent=1).encode(), META_MODE)
        return Release(path, content)

    def publish(self, staged: Release) -> Release:
        final = self.releases / staged.meta["id"]
        os.rename(staged.path, final)
        fsync_dir(self.releases)
        return Release(final, staged.meta)

    def discard(self, staged: Release) -> None:
        shutil.rmtree(staged.path, ignore_errors=True)

    def switch(self, release: Release) -> None:
        target = f"releases/{release.id}"
        if leads_to(self.current, target):
            # A full disk has no room for another link. Whoever made this one may have been killed before this.
            fsync_dir(self.home)
        else:
            link_durably(self.current, target)

    def ensure_config_link(self) -> None:
        target = str(self.current / "etc")
        if self.config_link.is_dir() and not self.config_link.is_symlink():
            raise ReleaseError(
                f"{self.config_link} is a directory on this host, and the link to the active configuration belongs "
                "there: move it away and run again."
            )
        if not self.config_link_ok():
            link_durably(self.config_link, target)

    def config_link_ok(self) -> bool:
        return leads_to(self.config_link, str(self.current / "etc"))

    def prune(self, keep: int) -> list[str]:
        """Keep the newest `keep` releases, the active one, the last healthy one, and the one that a rollback would go
        back to, however many failed since; then versions nobody uses."""
        active = self.active()
        safe = {active.id if active else "", self.journal.last_healthy() or "", *self.earlier(active)[:1]}
        releases = self.all()
        gone = [r for r in releases[: max(0, len(releases) - keep)] if r.id not in safe]
        for release in gone:
            doomed = self.releases / f"{STAGE_PREFIX}{release.id}"
            os.rename(release.path, doomed)  # a half removed release must not look like one
            shutil.rmtree(doomed, ignore_errors=True)
        used = {str(r.meta["version"]) for r in self.all()}
        for version in self.versions.iterdir():
            if version.name not in used:
                shutil.rmtree(version, ignore_errors=True)
        return [r.id for r in gone]

    def _next_serial(self) -> int:
        # Serials come from the journal too, so that a pruned release's number never comes again.
        names = self._ids() + self.journal.release_ids()
        return max(map(serial, names), default=0) + 1

    def _make_dir(self, path: Path, gid: int) -> None:
        if path.is_dir():
            return
        path.mkdir()
        path.chmod(DIR_MODE)
        if os.geteuid() == 0:
            os.chown(path, 0, gid)
