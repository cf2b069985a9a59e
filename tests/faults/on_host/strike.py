# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits on a component's host for a moment of a deploy and strikes. Runs there.

python3 strike.py COMPONENT MOMENT ACTION

MOMENT: `start:2`, the second start of Python; `staged` or `switching`, a line of the journal; `switched`, the link
`current` has become another; `restarted`, the service has another process than before; `contended`, two of Ansible's
Pythons hold the component's lock file open. Each also with seconds after it, as in `switched+10`.
ACTION: `kill-module`; `kill-service`; `stop-service:9`, continued after 9 seconds; `take-port:9090:9`, as soon as it is
free, for 9 seconds; `clock:-3600`, what the module's clock is off from then on; `none`.

Prints `ready` once it looks, and `struck` once it has struck. Ends without striking when standard input ends before the
moment: the deploy is over. Exit status 0 when it has struck, 3 when not. With `over` for a moment it strikes nothing
and prints, when the deploy is over, how many seconds each of Ansible's Pythons lived, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

STATE = Path("/run/faults")
LOOK = 0.001  # seconds between two looks
NOT_STRUCK = 3


class OverError(Exception):
    """The deploy ended, or what was to be struck is gone."""


def until(holds: Callable[[], bool]) -> None:
    while not holds():
        if select.select([sys.stdin], [], [], LOOK)[0] and not os.read(0, 100):
            raise OverError


def main_pid(unit: str) -> int:
    command = ["systemctl", "show", unit, "--property=MainPID", "--value"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def starts() -> list[int]:
    """Process ids of the Pythons that Ansible has started, in their order."""
    try:
        return [int(line) for line in (STATE / "starts").read_text().splitlines()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Host:
    def __init__(self, component: str) -> None:
        self.home = Path("/opt/aetherlink") / component
        self.unit = f"aetherlink-{component.replace('_', '-')}.service"
        self.pid = main_pid(self.unit)
        self.link = self.read_link()
        self.journal_size = self.size()

    def read_link(self) -> str:
        try:
            return os.readlink(self.home / "current")
        except OSError:
            return ""

    def size(self) -> int:
        try:
            return os.stat(self.home / "journal.jsonl").st_size
        except OSError:
            return 0

    def has_event(self, event: str) -> bool:
        if self.size() == self.journal_size:
            return False
        with (self.home / "journal.jsonl").open("rb") as stream:
            stream.seek(self.journal_size)
            lines = stream.read().splitlines()
        for line in lines:
            with contextlib.suppress(ValueError):
                if json.loads(line)["event"] == event:
                    return True
        return False

    def holds_lock(self, pid: int) -> bool:
        with contextlib.suppress(OSError):
            return any(os.readlink(fd) == str(self.home / ".lock") for fd in Path(f"/proc/{pid}/fd").iterdir())
        return False

    # Moments

    def await_moment(self, moment: str) -> None:
        what, _, seconds = moment.partition("+")
        if what.startswith("start:"):
            number = int(what.partition(":")[2])
            until(lambda: len(starts()) >= number)
        elif what == "switched":
            until(lambda: self.read_link() != self.link)
        elif what == "contended":
            until(lambda: sum(self.holds_lock(pid) for pid in starts()) > 1)
        elif what == "restarted":
            until(lambda: not alive(self.pid))
            until(lambda: main_pid(self.unit) not in (0, self.pid))
            self.pid = main_pid(self.unit)
        else:
            until(lambda: self.has_event(what))
        time.sleep(float(seconds or 0))

    # Actions

    def act(self, action: str) -> None:
        what, *values = action.split(":")
        if what == "kill-module":
            self.signal(starts()[-1], signal.SIGKILL)
        elif what == "kill-service":
            self.signal(self.pid, signal.SIGKILL)
        elif what == "stop-service":
            self.signal(self.pid, signal.SIGSTOP)
            print("struck", flush=True)
            time.sleep(float(values[0]))
            with contextlib.suppress(ProcessLookupError):  # the deploy may have put another in its place
                os.kill(self.pid, signal.SIGCONT)
            return
        elif what == "take-port":
            self.take_port(int(values[0]), float(values[1]))
            return
        elif what == "clock":
            whole = STATE / "clock.new"  # read at each look at the clock: never half a line
            whole.write_text(f"{values[0]}\n")
            whole.rename(STATE / "clock")
        print("struck", flush=True)

    def signal(self, pid: int, number: signal.Signals) -> None:
        if not pid or not alive(pid):
            raise OverError
        os.kill(pid, number)

    def take_port(self, port: int, seconds: float) -> None:
        taken: list[socket.socket] = []

        def taking() -> bool:
            trial = socket.socket()
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("0.0.0.0", port))
                trial.listen(1)
            except OSError:
                trial.close()
                return False
            taken.append(trial)
            return True

        until(taking)
        print("struck", flush=True)
        time.sleep(seconds)
        taken[0].close()


def lifetimes() -> list[float]:
    born: dict[int, float] = {}
    lived: dict[int, float] = {}

    def look() -> bool:
        for pid in starts():
            born.setdefault(pid, time.monotonic())
            if alive(pid):
                lived[pid] = time.monotonic() - born[pid]
        return False

    with contextlib.suppress(OverError):
        until(look)
    return [lived.get(pid, 0.0) for pid in born]


def main() -> int:
    component, moment, action = sys.argv[1:]
    host = Host(component)
    print("ready", flush=True)
    if moment == "over":
        print(json.dumps(lifetimes()))
        return 0
    try:
        host.await_moment(moment)
        host.act(action)
    except OverError:
        return NOT_STRUCK
    return 0


if __name__ == "__main__":
    sys.exit(main())
