# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys a change, lets a fault strike, and judges: the way that every fault goes."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from tests.faults import judge, trace
from tests.faults.changes import PROGRAM, Change
from tests.faults.errors import FaultsError
from tests.faults.host import CONTAINER, Host, Watcher
from tests.faults.judge import Verdict
from tests.faults.playbook import COMPONENT, INTERPRETER, Playbook, Run
from tests.faults.progress import say
from tests.faults.table import Result

INTERVAL = 2.0  # seconds between two scrapes, by the inventory
UP = 'up{job="aetherlink-command-center"}'
SETTLE_SECONDS = 25.0  # systemd starts a service over after 2 s; a component needs some to be ready
KEPT_SECONDS = 60.0  # how far back samples are counted that must still be there
REST_SECONDS = 30.0
NOT_BACK = "did not become healthy either"


@dataclass(frozen=True)
class Strike:
    """struck: whether the fault was really injected. where: what it hit, for people. run: the deploy under it.

    wrong: what the deploy itself must not have done under this fault.
    """

    struck: bool
    where: str
    run: Run
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Fault:
    """deliver: starts the deploy and has the fault strike. clear: takes away what is left of it, once all is judged.

    harms: it strikes the service itself or the whole host, not the deploy alone.
    """

    kind: str
    detail: str
    change: Change
    deliver: Callable[[Rig, Deploy], Strike]
    harms: bool = False
    clear: Callable[[Rig], None] = lambda _: None

    @property
    def name(self) -> str:
        """By which --only finds it: the same for any seed, as far as the fault is."""
        return f"{self.kind}/{self.change.name}/{self.detail}"


@dataclass(frozen=True)
class Recording:
    """What the engine does in a good deploy."""

    events: list[trace.Event]
    steps: list[trace.Step]


@dataclass(frozen=True)
class Timing:
    """How long a good deploy takes, in seconds. pythons: each Python that Ansible starts, the engine's the last."""

    seconds: float
    pythons: list[float]


@dataclass(frozen=True)
class Deploy:
    """One deploy of a change, again with the same content when it is repeated."""

    change: Change
    variables: dict[str, Any]

    @property
    def component(self) -> str:
        return self.change.component

    def start(self) -> Playbook:
        more = {"faults_component": self.component, "ansible_python_interpreter": INTERPRETER}
        return Playbook(COMPONENT, {**self.variables, **more})

    def run(self) -> Run:
        return self.start().finish()


@dataclass
class Rig:
    """The host, and what it has been told so far."""

    host: Host
    scratch: Path
    number: int = 0
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    timings: dict[str, Timing] = field(default_factory=dict)

    # Deploys

    def next(self, change: Change) -> Deploy:
        """A deploy of that change on top of all that came before."""
        self.number += 1
        variables = change.variables(self.number)
        if "command_center_artifact" in variables:
            variables["command_center_artifact"] = str(self._program(self.number))
        if change.first:
            self._remove(change.component)
        told = self.told.setdefault(change.component, {})
        told.update(variables)
        return Deploy(change, dict(told))

    def good(self, change: Change) -> Run:
        """Deploy the change undisturbed."""
        run = self.next(change).run()
        if run.status or not run.changed:
            raise FaultsError(
                f"a deploy of {change.name} that nothing disturbed did not go well:\n{run.output[-3000:]}"
            )
        return run

    def recording(self, change: Change) -> Recording:
        """Deploy it once under strace, the first time that this is asked."""
        if change.name not in self.recordings:
            starts = self.starts(change)
            say(f"tracing a deploy: {change.name}")
            self.host.arm(starts, trace.RECORD)
            self.good(change)
            log = self.host.trace()
            self.host.disarm()
            found = Recording(trace.events(log), trace.steps(log))
            if not found.steps:
                raise FaultsError(f"strace shows no step of a deploy of {change.name}")
            self.recordings[change.name] = found
        return self.recordings[change.name]

    def starts(self, change: Change) -> int:
        """How often Ansible starts Python on the host for it, the last time for the engine."""
        return len(self.timing(change).pythons)

    def timing(self, change: Change) -> Timing:
        """Deploy it once and take the time, the first time that this is asked."""
        if change.name not in self.timings:
            say(f"timing a deploy: {change.name}")
            # As many releases as are kept, so that it prunes one, as deploys do.
            while not change.first and len(self.host.verdict(change.component).releases) < judge.KEEP:
                self.good(change)
            self.host.arm(0, "")
            watcher = Watcher(change.component, "over", "none")
            seconds = self.good(change).seconds
            watcher.finish()
            self.timings[change.name] = Timing(seconds, json.loads(watcher.output))
            self.host.disarm()
        return self.timings[change.name]

    def _program(self, number: int) -> Path:
        """Another file of the same program: the artifact as it is on the host, with a member more."""
        source = self.scratch / "command_center.pyz"
        if not source.exists():
            found = self.host.shell("ls -t /opt/aetherlink/command_center/versions/*/command_center.pyz").split()[0]
            subprocess.run(["docker", "cp", f"{CONTAINER}:{found}", source], check=True, capture_output=True)
        made = self.scratch / PROGRAM.format(number=number)
        shutil.copy(source, made)
        with zipfile.ZipFile(made, "a") as archive:
            archive.writestr(f"faults-{number}", "")
        return made

    def _remove(self, component: str) -> None:
        unit = f"aetherlink-{component.replace('_', '-')}.service"
        self.host.shell(
            f"systemctl disable --quiet --now {unit}; "
            f"rm -rf /opt/aetherlink/{component} /etc/aetherlink/{component} /etc/systemd/system/{unit}; "
            "systemctl daemon-reload"
        )

    # One fault

    def try_out(self, fault: Fault) -> Result:
        try:
            return self._try_out(fault)
        finally:
            fault.clear(self)

    def _try_out(self, fault: Fault) -> Result:
        change = fault.change
        deploy = self.next(change)
        since = self._fresh_scrape(wanted=not change.first)
        kept = self._good_samples(since - KEPT_SECONDS, since)
        before = self.host.verdict(change.component)
        if not change.first and (wrong := judge.after_the_fault(before, before, change, harmed=False)):
            raise FaultsError(f"before {fault.name} not all was well: {'; '.join(wrong)}")
        try:
            strike = fault.deliver(self, deploy)
        finally:
            self.host.disarm()
        self._say_what(strike)
        if not strike.struck:
            if strike.run.status:
                raise FaultsError(f"{fault.name} did not strike, and the deploy failed:\n{strike.run.output[-3000:]}")
            return Result(fault.kind, fault.name, struck=False)
        seen = self._settled(change)
        wrong = judge.after_the_fault(before, seen, change, fault.harms)
        if not fault.harms and NOT_BACK in strike.run.output:
            wrong.append("the switch back did not prove, although nothing was wrong with the service")
        problems = [*strike.wrong, *(f"after the fault: {problem}" for problem in wrong), *self._converge(deploy)]
        after = self.host.verdict(change.component)
        wrong = judge.after_the_next_run(before, after, change, fault.harms)
        problems += [f"after the next run: {problem}" for problem in wrong]
        lost = judge.lost_on_disk(before, after)
        lost = replace(lost, samples=judge.lost_samples(kept, self._good_samples(since - KEPT_SECONDS, since)))
        if not fault.harms and (change.component == "alertmanager" or not change.restart):
            lost = replace(lost, scrapes=self._lost_scrapes(since, problems))
        if str(lost) != "none":
            problems.append(f"lost: {lost}")
        if problems:
            self._tell(fault, strike, problems, after)
            self._mend(change.component, deploy, after)
        return Result(fault.kind, fault.name, True, problems, lost)

    def _say_what(self, strike: Strike) -> None:
        outcome = {0: "the deploy ended well"}.get(strike.run.status, "the deploy failed")
        say(f"    {'struck' if strike.struck else 'did not strike'}: {strike.where}; {outcome}")

    def _settled(self, change: Change) -> Verdict:
        """What is seen once the service is up again, or the time for that is over."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while not judge.settled(seen := self.host.verdict(change.component), change) and time.monotonic() < deadline:
            time.sleep(0.5)
        return seen

    def _converge(self, deploy: Deploy) -> list[str]:
        found = []
        first, second = deploy.run(), deploy.run()
        if first.status:
            found.append(f"the next run failed:\n{first.output[-2000:]}")
        if second.status:
            found.append(f"the run after the next failed:\n{second.output[-2000:]}")
        elif second.changed:
            found.append(f"the run after the next changed {second.changed} tasks")
        return found

    def _good_samples(self, start: float, end: float) -> list[float]:
        """The times of the good scrapes of Command Center; none when Prometheus does not answer for a while."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            try:
                series = self.host.prometheus().samples(UP, start, end)
            except httpx.HTTPError:
                time.sleep(0.5)
            else:
                return [at for _, samples in series for at, value in samples if value == 1]
        return []

    def _fresh_scrape(self, wanted: bool) -> float:
        """Wait for a good scrape of Command Center, from which on gaps are counted; its time."""
        deadline = time.monotonic() + REST_SECONDS
        while time.monotonic() < deadline:
            now = time.time()
            if found := self._good_samples(now - 1.5 * INTERVAL, now):
                return found[-1]
            if not wanted:
                return now
            time.sleep(0.2)
        raise FaultsError(f"Prometheus has no good scrape of Command Center within {REST_SECONDS:g} s")

    def _lost_scrapes(self, since: float, problems: list[str]) -> int:
        now = time.time()
        count, longest = judge.lost_scrapes(self._good_samples(since - 0.001, now), now, INTERVAL)
        if count:
            problems.append(f"a gap of {longest:.1f} s in Command Center's series: over two intervals")
        return count

    # When it did not survive

    def _tell(self, fault: Fault, strike: Strike, problems: list[str], after: Verdict) -> None:
        say(f"  NOT SURVIVED: {fault.name} ({strike.where})")
        for problem in problems:
            say(f"    {problem}")
        say("    the journal of the releases:")
        for line in after.journal[-8:]:
            say(f"      {line[:400]}")
        unit = f"aetherlink-{fault.change.component.replace('_', '-')}.service"
        say("    the journal of the service:")
        for line in self.host.run(
            "journalctl", f"--unit={unit}", "--lines=8", "--no-pager", "--output=short"
        ).splitlines():
            say(f"      {line[:300]}")
        said = [line for line in strike.run.output.splitlines() if '"msg"' in line or "Error" in line or "msg:" in line]
        say(f"    the deploy under the fault said: {said[-1].strip()[:600] if said else 'nothing'}")

    def _mend(self, component: str, deploy: Deploy, seen: Verdict) -> None:
        """For the next fault: as a person would, who clears away what was left and deploys again."""
        for process in seen.orphans:
            self.host.run("kill", "-KILL", process.split()[0], check=False)
        for path in seen.strays:
            self.host.run("rm", "-rf", path)
        run = deploy.run()
        if run.status or judge.after_the_fault(seen, self._settled(deploy.change), deploy.change, harmed=True):
            unit = f"aetherlink-{component.replace('_', '-')}.service"
            self.host.run("systemctl", "restart", unit, check=False)
            run = deploy.run()
        if run.status:
            raise FaultsError(f"{component} could not be mended after a fault:\n{run.output[-3000:]}")
