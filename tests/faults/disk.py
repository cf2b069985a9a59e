# SPDX-License-Identifier: GPL-3.0-or-later
"""A component's directory on a small disk of its own (a tmpfs), which really takes no more.

The program below versions/ stays where it is: the engine knows its files by times that a copy does not keep.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.faults.host import Host
from tests.faults.rig import Deploy, Rig, Strike

OLD = "/mnt/faults"
PAGE = 4096  # bytes
REFUSALS = ("No space left on device", "Read-only file system")
MOUNT = """set -eu
home=/opt/aetherlink/{component}
mkdir -p {old}
mount --bind $home {old}
mount --make-private {old}
mount -t tmpfs -o mode=755,size=64m,nr_inodes=100k faults $home
tar -C {old} --exclude=./versions -c . | tar -C $home -x
mkdir $home/versions
mount --bind {old}/versions $home/versions
"""
UNMOUNT = """set -eu
mountpoint -q {old} || exit 0
home=$(findmnt --noheadings --output TARGET --types tmpfs --source faults)
umount $home/versions
find {old} -mindepth 1 -maxdepth 1 ! -name versions -exec rm -rf {{}} +
tar -C $home --exclude=./versions -c . | tar -C {old} -x
umount --lazy $home
umount {old}
"""


@dataclass(frozen=True)
class Limit:
    """What the disk has left: pages of 4 KiB or inodes; or it is mounted read-only; or it is full within the last line
    of the journal, of which a write then takes the first half."""

    pages: int | None = None
    inodes: int | None = None
    read_only: bool = False
    journal: bool = False

    def __str__(self) -> str:
        if self.read_only or self.journal:
            return "read-only" if self.read_only else "full within a line of the journal"
        return f"{self.pages} pages left" if self.pages is not None else f"{self.inodes} inodes left"

    def deliver(self, rig: Rig, deploy: Deploy) -> Strike:
        """Struck when the deploy was refused a write."""
        home = f"/opt/aetherlink/{deploy.component}"
        rig.host.shell(MOUNT.format(component=deploy.component, old=OLD))
        pages = _end_page_within_line(rig.host, home) if self.journal else self.pages
        rig.host.run("mount", "-o", f"remount,{self._option(rig.host, home, pages)}", home)
        run = deploy.run()
        rig.host.run("mount", "-o", "remount,rw,size=64m,nr_inodes=100k", home)
        if not self.journal:
            return Strike(any(refusal in run.output for refusal in REFUSALS), str(self), run)
        torn = _is_torn(rig.host.verdict(deploy.component).journal[-1:])
        return Strike(
            torn, str(self), run, ["the deploy lost half a line of its journal and said nothing"] * (not run.status)
        )

    def _option(self, host: Host, home: str, pages: int | None) -> str:
        size, free, inodes, free_inodes = map(int, host.run("stat", "-f", "-c", "%b %f %c %d", home).split())
        if self.read_only:
            return "ro"
        if pages is not None:
            return f"size={(size - free + pages) * PAGE}"
        return f"nr_inodes={inodes - free_inodes + (self.inodes or 0)}"


def _end_page_within_line(host: Host, home: str) -> int:
    """Fill up the journal with empty lines, so that a page of it ends within the third line that a deploy writes; the
    pages that the deploy needs for all else."""
    lines = host.shell(f"tail -n 3 {home}/journal.jsonl | wc -c; tail -n 1 {home}/journal.jsonl | wc -c").split()
    three, last = map(int, lines)
    written = int(host.run("stat", "-c", "%s", f"{home}/journal.jsonl"))
    short = -(written + three - last // 2) % PAGE
    host.shell(f"head -c {short} /dev/zero | tr '\\0' '\\n' >>{home}/journal.jsonl")
    sizes = host.run("find", f"{home}/current/", "-type", "f", "-printf", "%s ").split()
    return sum(-(-int(size) // PAGE) for size in sizes)


def _is_torn(lines: list[str]) -> bool:
    try:
        return any(json.loads(line) is None for line in lines)
    except ValueError:
        return True


def clear(rig: Rig) -> None:
    """Bring what is on the small disk back to where it was."""
    rig.host.shell(UNMOUNT.format(old=OLD))
