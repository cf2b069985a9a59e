# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives each file that appears below some directories a second name, so that it outlives its removal, until standard
input ends. Ansible's temporary files live for a fraction of a second.

argv[1]: where they are kept, on the same file system, root's alone. argv[2:]: the directories, which may come later.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import sys
import time

TURN = 0.005
LONGEST = 7200.0


class Keeper:
    """directory: where the second names are. watched: the directories."""

    def __init__(self, directory: str, watched: list[str]) -> None:
        self._directory, self._watched = directory, watched
        self._count = 0
        self._linked: dict[int, tuple[str, str]] = {}
        """By inode: the first name and the second one."""

    def turn(self) -> None:
        self._release()
        for root in self._watched:
            for folder, _folders, names in os.walk(root):
                for name in names:
                    with contextlib.suppress(FileNotFoundError):  # it has gone meanwhile
                        self._keep(os.path.join(folder, name), name)

    def _keep(self, path: str, name: str) -> None:
        inode = os.lstat(path).st_ino
        if inode not in self._linked:
            second = os.path.join(self._directory, f"{self._count:05}-{name}")
            os.link(path, second, follow_symlinks=False)
            self._linked[inode] = path, second
            self._count += 1

    def _release(self) -> None:
        """What has lost its first name is kept as a copy: an upload is refused while it has two names."""
        for inode, (first, second) in list(self._linked.items()):
            if not os.path.lexists(first) or os.lstat(first).st_ino != inode:
                shutil.copyfile(second, f"{second}.copy", follow_symlinks=False)
                os.replace(f"{second}.copy", second)
                del self._linked[inode]


def main() -> None:
    directory, *watched = sys.argv[1:]
    os.makedirs(directory, mode=0o700, exist_ok=True)
    keeper = Keeper(directory, watched)
    end = time.monotonic() + LONGEST
    print("ready", flush=True)
    while time.monotonic() < end and not select.select([sys.stdin], [], [], TURN)[0]:
        keeper.turn()


if __name__ == "__main__":
    main()
