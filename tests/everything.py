# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test`: lint, unit tests, the build, the documentation, a sample of faults, every Molecule scenario.

JOBS of them at a time, two where there are two processors and 8 GiB. A failure stops none of the others; a table ends
it, and for each that failed the lines that say why. Whole outputs are in .cache/test. Interrupted, it begins nothing
more, and ends once what runs has cleaned up.

Exit status 0 when all passed, 1 when one did not, 2 when JOBS is no number, 128 and the signal's number by a signal.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = Path(".cache/test")
STEPS = (
    "make lint",
    "make unit",
    "make rendered",
    "make build",
    "make docs",
    "make sanity",
    "make faults SAMPLE=12 SEED=1",
)
LONGEST = (
    "grafana",
    "environments",
    "prometheus",
    "alertmanager",
    "rollback",
    "alerting",
    "bad_input",
    "command_center",
)
CAUSE = re.compile(r"FAILED|^E  |^fatal:|^failed:|ERROR|Error|error:|WARNING -|not survived|never struck|\*\*\*")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Step:
    command: str
    result: str = "not run"
    seconds: float = 0

    @property
    def name(self) -> str:
        return self.command.removeprefix("molecule test -s ").removeprefix("make ").split()[0]

    @property
    def log(self) -> Path:
        return LOGS / (re.sub(r"[^A-Za-z0-9=_-]", "-", self.command) + ".log")


class Runner:
    """Runs steps, several at a time, each line of their output with the step's name before it."""

    def __init__(self) -> None:
        self.stopped = 0
        """The signal that ended it."""
        self._running: set[subprocess.Popen[bytes]] = set()
        self._output = threading.Lock()

    def stop(self, number: int, _frame: object) -> None:
        self.stopped = number
        for process in list(self._running):
            self._pass_on(process)

    def run(self, step: Step) -> None:
        if self.stopped:
            return
        self._say(f"=== {step.command}\n".encode())
        start = time.monotonic()
        process = subprocess.Popen(
            step.command.split(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._running.add(process)
        if self.stopped:  # since it was asked for
            self._pass_on(process)
        assert process.stdout
        with step.log.open("wb") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                self._say(step.name.encode() + b" | " + line)
        step.result = "ok" if process.wait() == 0 else "FAILED"
        self._running.discard(process)
        step.seconds = time.monotonic() - start
        self._say(f"=== {step.command}: {step.result} after {step.seconds:.0f} s\n".encode())

    def _pass_on(self, process: subprocess.Popen[bytes]) -> None:
        if self.stopped != signal.SIGINT:  # the terminal gives it to all; a second one would disturb their cleaning up
            process.send_signal(self.stopped)

    def _say(self, line: bytes) -> None:
        with self._output:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


def jobs() -> int:
    """How many steps at a time. A scenario waits half of its time: two keep two processors busy, if memory allows.

    0 when JOBS is no number.
    """
    asked = os.environ.get("JOBS")
    if asked is None:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return 2 if (os.cpu_count() or 1) > 1 and memory > 7 << 30 else 1
    return int(asked) if re.fullmatch("[1-9][0-9]?", asked) else 0


def causes(log: Path) -> list[str]:
    """The end of a log is often not where it says why. Where nothing looks like a cause, the end it is."""
    lines = COLOUR.sub("", log.read_text(encoding="utf-8", errors="replace")).splitlines()
    found = [f"{number}:{line[:300]}" for number, line in enumerate(lines, 1) if CAUSE.search(line)]
    return found[-25:] or lines[-10:]


def main() -> int:
    os.chdir(ROOT)
    os.environ["PATH"] = f"{ROOT}/.venv/bin:{os.environ['PATH']}"
    if not (at_a_time := jobs()):
        print(f"JOBS={os.environ['JOBS']} is no number of steps to run at a time: leave it out, or set 1 to 99.")
        return 2
    scenarios = sorted(path.parent.name for path in Path("molecule").glob("*/molecule.yml"))
    every = [Step(command) for command in (*STEPS, *(f"molecule test -s {name}" for name in scenarios))]
    # The longest first: what ends the run should be short, since it runs alone.
    steps = sorted(every, key=lambda step: LONGEST.index(step.name) if step.name in LONGEST else len(LONGEST))
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)

    runner, start = Runner(), time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, runner.stop)
    with ThreadPoolExecutor(at_a_time) as pool:
        for done in [pool.submit(runner.run, step) for step in steps]:
            done.result()

    failed = [step for step in steps if step.result != "ok"]
    print()
    for step in steps:
        print(f"{step.command:<36} {step.result:<7} {step.seconds:5.0f} s")
    print(f"{len(failed)} of {len(steps)} failed, {time.monotonic() - start:.0f} s in all")
    for step in (step for step in failed if step.log.exists()):
        print(f"\nWhy {step.command} failed ({step.log}):", *causes(step.log), sep="\n    ")
    return 128 + runner.stopped if runner.stopped else int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
