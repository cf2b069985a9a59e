# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what strace wrote of a deploy: the steps at which it changes something or starts a program.

The steps of the engine are its system calls: nothing has to be built into it to be killed at each of them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

# Both names of a call where machines differ; strace passes over those that its machine does not have ("?").
FORKS = ("vfork", "fork", "clone", "clone3")
BY_DESCRIPTOR = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fchmod", "fchown", "flock")
MODES = ("chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "lchown")
NAMES = ("rename", "renameat", "renameat2", "mkdir", "mkdirat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir")
TRACED = ",".join(f"?{call}" for call in sorted({*FORKS, *BY_DESCRIPTOR, *MODES, *NAMES, "open", "openat"}))
RECORD = f"strace -f -q -y -s 200 -e trace={TRACED},execve -o /run/faults/trace"
STRIKE = f"strace -q -y -s 200 -e trace={TRACED} -o /run/faults/trace"

PLACES = ("/opt/aetherlink/", "/etc/aetherlink", "/etc/systemd/system", "/run/aetherlink-")
LINE = re.compile(r"^(?:(?P<pid>\d+) +)?(?P<call>\w+)\((?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. (?P<call>\w+) resumed>.*= (?P<child>\d+)")
DESCRIPTOR = re.compile(r"^\d+<(?P<path>[^>]*)>")
NAME = re.compile(r'(?:\w+<(?P<folder>[^>]*)>, )?"(?P<name>(?:[^"\\]|\\.)*)"')
EXECVE = re.compile(r'execve\("[^"]*", \[(?P<words>[^\]]*)\]')
ID = re.compile(r"\d{4,}-[0-9a-f]{8}")
VERSION = re.compile(r"(?<=versions/)(\.stage-)?[^/]+")
RANDOM = re.compile(r"(?:^|(?<=^/run/))aetherlink-[^/]+")
UPLOAD = re.compile(r"^\.[^/]+(?=\.upload$)")


@dataclass(frozen=True)
class Step:
    """One system call of a deploy that changes something or starts a program.

    nth: the how-manieth call of that name, which is how strace is told where to strike. place: the path with names of
    releases and versions made equal, so that it is the same in every deploy; for a fork, the program's command line.
    seen: the how-manieth such call at that place.
    """

    call: str
    nth: int
    place: str
    seen: int = 1

    @property
    def name(self) -> str:
        return f"{self.call} {self.place}" + (f" {self.seen}" if self.seen > 1 else "")

    @property
    def starts(self) -> bool:
        return self.call in FORKS


@dataclass(frozen=True)
class Event:
    """A line of strace's: the call's name, its arguments and result as written, and which of those calls it is."""

    call: str
    nth: int
    rest: str
    pid: str

    @property
    def injected(self) -> bool:
        return "(INJECTED)" in self.rest

    @property
    def failed(self) -> bool:
        return bool(re.search(r"\) += -1 E[A-Z]+ ", self.rest)) and not self.injected


def events(log: str) -> list[Event]:
    """The calls of the first process in the log, in their order."""
    counts: Counter[str] = Counter()
    found: list[Event] = []
    for line in log.splitlines():
        seen = LINE.match(line)
        if not seen or (found and (seen["pid"] or "") != found[0].pid):
            continue
        counts[seen["call"]] += 1
        found.append(Event(seen["call"], counts[seen["call"]], seen["rest"], seen["pid"] or ""))
    return found


def steps(log: str) -> list[Step]:
    """The steps of a whole deploy, from a log that followed the programs which it started."""
    commands = iter(_commands(log))
    found: list[Step] = []
    seen: Counter[tuple[str, str]] = Counter()
    for event in events(log):
        if event.call in FORKS:
            place: str | None = next(commands, "a program")
            if "CLONE_THREAD" in event.rest:
                place = None
        else:
            place = None if event.failed else place_of(event)
        if place is not None:
            seen[event.call, place] += 1
            found.append(Step(event.call, event.nth, place, seen[event.call, place]))
    return found


def struck(log: str, planned: Step) -> Step | None:
    """Where a strike has really hit: the injected call, or the last one of a process that was killed or stopped.

    None where there was none: nothing was injected, or into a call that is no step.
    """
    seen = events(log)
    hits = [event for event in seen if event.injected]
    if not hits and ("+++ killed by SIGKILL" in log or "stopped by SIGSTOP" in log):
        hits = seen[-1:]
    if not hits:
        return None
    hit = hits[0]
    if hit.call in FORKS:
        return replace(planned, call=hit.call, nth=hit.nth)
    place = place_of(hit)
    return Step(hit.call, hit.nth, place) if place is not None else None


def place_of(event: Event) -> str | None:
    """The path that a call works on, in general terms; None for one that changes nothing or not where we look."""
    if event.call in ("open", "openat") and "O_CREAT" not in event.rest:
        return None
    if event.call in BY_DESCRIPTOR:
        descriptor = DESCRIPTOR.match(event.rest)
        path = descriptor["path"] if descriptor else ""
    else:
        names = list(NAME.finditer(event.rest))
        if not names:
            return None
        last = names[-1]
        path = last["name"] if last["name"].startswith("/") else f"{last['folder']}/{last['name']}"
    return general(path) if path.startswith(PLACES) else None


def general(path: str) -> str:
    """/opt/aetherlink/prometheus/releases/.stage-0007-0a1b2c3d/etc is releases/.stage-ID/etc in any deploy."""
    path = re.sub(r"^/opt/aetherlink/[^/]+/?", "", path) or "home"
    path = UPLOAD.sub(".VERSION", RANDOM.sub("aetherlink-RANDOM", ID.sub("ID", path)))
    return VERSION.sub(lambda found: f"{found[1] or ''}VERSION", path)


def _commands(log: str) -> list[str]:
    """The command lines of the programs that the first process started, in the order of its forks."""
    first = events(log)[0].pid if events(log) else ""
    children: list[str] = []
    ran: dict[str, str] = {}
    for line in log.splitlines():
        resumed = RESUMED.match(line)
        if resumed and resumed["pid"] == first and resumed["call"] in FORKS:
            children.append(resumed["child"])
        plain = LINE.match(line)
        if not plain:
            continue
        if plain["pid"] == first and plain["call"] in FORKS and (child := re.search(r"\) += (\d+)$", line)):
            children.append(child[1])
        if (words := EXECVE.search(line)) and plain["pid"]:
            ran[plain["pid"]] = _short(words["words"])  # the last one: a program may be started by way of others
    return [ran.get(child, "a program") for child in children]


def _short(words: str) -> str:
    """`systemctl reload`, of how strace writes a command line."""
    found = [word for word in re.findall(r'"((?:[^"\\]|\\.)*)"', words)]
    if confining := [number for number, word in enumerate(found) if "$@" in word]:
        found = found[confining[0] + 2 :] or found  # a checker comes after all that confines it
    return " ".join([found[0].rpartition("/")[2], *[word for word in found[1:3] if word.replace("-", "").isalpha()]])
