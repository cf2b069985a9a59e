# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""links/: names for a release's files that stay the same over all releases.

Grafana knows a dashboard by the resolved path of its file. Below releases/<id>/ each deploy would be a new path, and
Grafana would delete every dashboard and make it anew, without its history and stars. So a linked folder is a real
directory that holds one link for each file, through `current`: the switch is still one rename.
"""

from __future__ import annotations

import os
from pathlib import Path

from .durable import leads_to, link_durably, write_durably
from .store import DIR_MODE, Release


class Links:
    """home: the component's directory. folders: those below etc/ that are linked."""

    def __init__(self, home: Path, release: Release) -> None:
        self.root = home / "links"
        self._etc = home / "current" / "etc"
        self._folders = release.meta.get("linked", [])
        folders = tuple(f"etc/{folder}/" for folder in self._folders)
        self._names = sorted(
            name[len("etc/") :] for name in release.meta["files"] if folders and name.startswith(folders)
        )

    def trouble(self, made: dict[str, str]) -> str:
        """A phrase about the first link or made file that is not as wanted; empty where all are."""
        for name in self._names:
            path = self.root / name
            if not leads_to(path, str(self._etc / name)):
                return f"{path} does not lead to the active release"
        for name, text in made.items():
            path = self.root / name
            if not path.is_file() or path.read_text(errors="replace") != text:
                return f"{path} was changed on the host"
        strays = self._strays(made)
        return f"{strays[0]} is no longer wanted" if strays else ""

    def put(self, made: dict[str, str], gid: int) -> None:
        """Make the links, and the files of `made` (text by path), and take away all else."""
        for name in [*self._names, *made, *(f"{folder}/" for folder in self._folders)]:
            self._make_dir((self.root / f"{name}.").parent, gid)
        for name, text in made.items():
            if not (self.root / name).is_file() or (self.root / name).read_text(errors="replace") != text:
                write_durably(self.root / name, text.encode(), 0o640, gid)
        for name in self._names:
            path = self.root / name
            if not leads_to(path, str(self._etc / name)):
                link_durably(path, str(self._etc / name))
        for path in self._strays(made):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()

    def _make_dir(self, path: Path, gid: int) -> None:
        """Whatever root's umask is, the service's group can read it."""
        if path.is_dir():
            return
        self._make_dir(path.parent, gid)
        path.mkdir()
        path.chmod(DIR_MODE)
        if os.geteuid() == 0:
            os.chown(path, 0, gid)

    def _strays(self, made: dict[str, str]) -> list[Path]:
        """What is there and not wanted, the deepest first."""
        # An empty folder stays: Grafana would take one that is gone for a mistake, and remove nothing.
        wanted = {self.root / name for name in [*self._names, *made, *self._folders]}
        wanted |= {parent for path in wanted for parent in path.parents}
        found = [Path(top) / name for top, folders, files in os.walk(self.root) for name in folders + files]
        return sorted((path for path in found if path not in wanted), key=lambda path: -len(path.parts))
