# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives each file that appears below some directories a second name, so that it outlives its removal, until standard
input ends. Ansible's temporary files live for a fraction of a second.

argv[1]: where they are kept, on the same file system, root's alone. argv[2:]: the directories, which may come later.
"""

from __future__ import annotations

import os
import select
import sys
import time

TURN = 0.005
LONGEST = 7200.0


def keep(directory: str, watched: list[str], kept: set[int]) -> None:
    """kept: inodes; none comes again while its second name is there."""
    for root in watched:
        for folder, _folders, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    inode = os.lstat(path).st_ino
                    if inode not in kept:
                        os.link(path, os.path.join(directory, f"{len(kept):05}-{name}"), follow_symlinks=False)
                        kept.add(inode)
                except FileNotFoundError:
                    continue  # it has gone meanwhile


def main() -> None:
    directory, *watched = sys.argv[1:]
    os.makedirs(directory, mode=0o700, exist_ok=True)
    kept: set[int] = set()
    end = time.monotonic() + LONGEST
    print("ready", flush=True)
    while time.monotonic() < end and not select.select([sys.stdin], [], [], TURN)[0]:
        keep(directory, watched, kept)


if __name__ == "__main__":
    main()
