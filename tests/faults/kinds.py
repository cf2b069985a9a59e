# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of fault: where it can strike a deploy of a change, and how it is delivered."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.faults import disk, strikes, trace
from tests.faults.changes import Change
from tests.faults.host import CLOCK, STATE, Watcher
from tests.faults.playbook import Playbook
from tests.faults.rig import Deploy, Fault, Rig, Strike

PORTS = {"prometheus": 9090, "alertmanager": 9093, "command_center": 8010}
# Against a health check's 12 s, of which there are two when the first fails.
SHORT, LONG = 5, 40
CLOCK_BACK = -3600  # seconds
# NO_FAKE_STAT and the monotonic clock: when a clock is set, neither files' times nor timers move.
FAKETIME = (
    f"env LD_PRELOAD={CLOCK} FAKETIME_TIMESTAMP_FILE={STATE}/clock FAKETIME_NO_CACHE=1 "
    "FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1"
)


@dataclass(frozen=True)
class Kind:
    """faults: those of one of its changes, by the rig, a generator, and how many of them are drawn at random."""

    name: str
    changes: Sequence[str]
    faults: Callable[[Rig, random.Random, Change, int], list[Fault]]
    drawn: float = 0.0
    """The kind's part of the random instants, which its changes share."""


# Killed at a step


def killed_at_steps(rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    steps = rig.recording(change).steps
    # Command Center's reload is struck at every step, the others where theirs is another.
    if change.name != "command_center-age":
        steps = strikes.beside_staging(steps)
    if not change.first and change.name not in ("command_center-age", "alertmanager-receiver"):
        programs = [step for step in steps if step.place.startswith("versions/") or step.place.endswith(".upload")]
        steps = programs + strikes.since_publish(steps)
    kind = "killed at a step"
    return [
        Fault(
            kind,
            f"before {step.name}",
            change,
            _under_strace(step, f"-e inject={step.call}:signal=SIGKILL:when={step.nth}"),
        )
        for step in strikes.to_kill(steps)
    ]


def _under_strace(step: trace.Step, options: str) -> Callable[[Rig, Deploy], Strike]:
    def deliver(rig: Rig, deploy: Deploy) -> Strike:
        rig.host.arm(rig.starts(deploy.change), f"{trace.STRIKE} {options}")
        run = deploy.run()
        return Strike(*_hit(rig.host.trace(), step), run)

    return deliver


def _hit(log: str, step: trace.Step) -> tuple[bool, str]:
    hit = trace.struck(log, step)
    if hit is None:
        return False, f"{step.name} was not where it was"
    return True, step.name if hit.place == step.place else f"{hit.name}, where {step.name} was meant"


# Killed at random instants


def process_killed(rig: Rig, generator: random.Random, change: Change, count: int) -> list[Fault]:
    seconds = rig.timing(change).seconds

    def at(instant: float) -> Callable[[Rig, Deploy], Strike]:
        def deliver(_rig: Rig, deploy: Deploy) -> Strike:
            playbook = deploy.start()
            time.sleep(instant)
            struck = playbook.kill()
            return Strike(struck, f"ansible-playbook, {instant:.2f} s after its start", playbook.finish())

        return deliver

    instants = [generator.uniform(0, seconds) for _ in range(count)]
    return [Fault("process killed", f"{number}", change, at(at_)) for number, at_ in enumerate(instants, 1)]


def connection_killed(rig: Rig, generator: random.Random, change: Change, count: int) -> list[Fault]:
    def strike(_rig: Rig, playbook: Playbook) -> bool:
        return playbook.kill_connection()

    return [
        Fault("connection killed", name, change, _on_moment(moment, "none", strike))
        for name, moment in _instants(rig, generator, change, count)
    ]


def module_killed(rig: Rig, generator: random.Random, change: Change, count: int) -> list[Fault]:
    return [
        Fault("module killed", name, change, _on_moment(moment, "kill-module"))
        for name, moment in _instants(rig, generator, change, count)
    ]


def _instants(rig: Rig, generator: random.Random, change: Change, count: int) -> list[tuple[str, str]]:
    """Random instants of the time that Ansible's Python runs on the host: a name, and the moment for strike.py."""
    drawn = strikes.instants(generator, rig.timing(change).pythons, count)
    return [(f"{number}", f"start:{part}+{seconds:.3f}") for number, (part, seconds) in enumerate(drawn, 1)]


def _on_moment(
    moment: str, action: str, strike: Callable[[Rig, Playbook], bool] = lambda _rig, _playbook: True
) -> Callable[[Rig, Deploy], Strike]:
    """Deploy, have the host act at a moment, and then strike from here."""

    def deliver(rig: Rig, deploy: Deploy) -> Strike:
        rig.host.arm(0, "")
        watcher = Watcher(deploy.component, moment, action)
        playbook = deploy.start()
        struck = watcher.struck_before(playbook.over) and strike(rig, playbook)
        run = playbook.finish()
        watcher.finish()
        return Strike(struck, f"{action} at {moment}" if action != "none" else moment, run)

    return deliver


# Writes that fail


def disk_full_at_writes(rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    return _failing(
        rig, change, "disk full at a write", "ENOSPC", (*strikes.ON_A_FULL_DISK, *strikes.CREATES, "rename")
    )


def quota_at_writes(rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    return _failing(rig, change, "out of inodes at a write", "EDQUOT", strikes.CREATES)


def read_only_at_writes(rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    return _failing(rig, change, "read-only at a write", "EROFS", strikes.WRITES)


def _failing(rig: Rig, change: Change, kind: str, error: str, calls: Sequence[str]) -> list[Fault]:
    """Each write and all after it; once something is switched also each alone, so that what follows works again."""
    recording = rig.recording(change)
    late = set(strikes.since_publish(recording.steps))
    own = [step for step in strikes.beside_staging(recording.steps) if step in late]
    found = []
    # As with kills: one component at every step, the others where their deploy is another.
    for step in strikes.to_fail(recording.steps if change.name == "command_center-age" else own, calls):
        holds = step.call not in strikes.ONCE
        for onwards in {holds, False} if step in late else {holds}:
            options = strikes.injection(recording.events, step, error, onwards)
            detail = f"{step.name} {'onwards' if onwards else 'once'}"
            found.append(Fault(kind, detail, change, _under_strace(step, options)))
    return found


# A disk that really takes no more


def small_disks(_rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    few = change.component == "command_center"
    pages = range(5) if few else (0, 2, 5, 10, 15, 20)
    inodes = range(10) if few else (0, 4, 8, 16, 24)
    limits = [disk.Limit(pages=count) for count in pages] + [disk.Limit(inodes=count) for count in inodes]
    limits += [disk.Limit(read_only=True), disk.Limit(journal=True)]
    return [
        Fault("disk really full or read-only", str(limit), change, limit.deliver, clear=disk.clear) for limit in limits
    ]


# The clock


def clock_back(rig: Rig, generator: random.Random, change: Change, _count: int) -> list[Fault]:
    seconds = rig.timing(change).pythons[-1]
    moments = [f"start:{rig.starts(change)}+{generator.uniform(0, seconds):.3f}"]
    moments += ["staged", "switching", "switched"]
    return [Fault("clock jumps back", moment, change, _clock_at(moment)) for moment in moments]


def _clock_at(moment: str) -> Callable[[Rig, Deploy], Strike]:
    def deliver(rig: Rig, deploy: Deploy) -> Strike:
        lines = len(rig.host.verdict(deploy.component).journal)
        rig.host.arm(rig.starts(deploy.change), FAKETIME)
        watcher = Watcher(deploy.component, moment, f"clock:{CLOCK_BACK}")
        run = deploy.run()
        watcher.finish()
        # It has struck when the engine has looked at the clock after it: the journal is where it writes what it saw.
        written = [json.loads(line) for line in rig.host.verdict(deploy.component).journal[lines:]]
        ages = [time.time() - datetime.fromisoformat(event["time"]).timestamp() for event in written]
        struck = any(age > -CLOCK_BACK / 2 for age in ages)
        seen = ", ".join(f"{event['event']} {-age:.0f} s" for event, age in zip(written, ages, strict=True))
        wrong = [] if run.status == 0 or not struck else ["the deploy failed because of the clock"]
        return Strike(struck, f"an hour back at {moment} ({seen})", run, wrong)

    return deliver


# The service


def crashes_at_once(_rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    moment = "restarted" if change.restart else "switched"
    return [Fault("service crashes at the switch", moment, change, _on_moment(moment, "kill-service"), harms=True)]


def crashes_later(_rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    moment = ("restarted" if change.restart else "switched") + "+10"
    return [Fault("service crashes 10 s later", moment, change, _on_moment(moment, "kill-service"), harms=True)]


def service_hangs(_rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    return [
        Fault("service hangs on reload", f"{s} s", change, _on_moment("switched", f"stop-service:{s}"), harms=True)
        for s in (SHORT, LONG)
    ]


def port_taken(_rig: Rig, _generator: random.Random, change: Change, _count: int) -> list[Fault]:
    port = PORTS[change.component]
    return [
        Fault(
            "port taken at the restart", f"{s} s", change, _on_moment("switching", f"take-port:{port}:{s}"), harms=True
        )
        for s in (SHORT, LONG)
    ]


# Two at once, and a host that reboots


def two_at_once(_rig: Rig, generator: random.Random, change: Change, _count: int) -> list[Fault]:
    return [
        Fault("two deploys at once", f"{number}: {seconds:.2f} s apart", change, _two(seconds))
        for number, seconds in enumerate((0.0, generator.uniform(0, 0.3), generator.uniform(0.3, 0.8)), 1)
    ]


def _two(seconds: float) -> Callable[[Rig, Deploy], Strike]:
    def deliver(rig: Rig, deploy: Deploy) -> Strike:
        other = rig.next(deploy.change)
        rig.host.arm(0, "")
        watcher = Watcher(deploy.component, "contended", "none")
        playbooks = [other.start()]
        time.sleep(seconds)
        playbooks.append(deploy.start())
        runs = [playbook.finish() for playbook in playbooks]
        wrong = [f"one of the two failed:\n{run.output[-1000:]}" for run in runs if run.status]
        return Strike(watcher.finish(), "both at the lock", runs[1], wrong)

    return deliver


def power_cut(rig: Rig, generator: random.Random, change: Change, _count: int) -> list[Fault]:
    """The module is stopped after a step, so that the whole host ends while it is there."""
    late = strikes.since_publish(rig.recording(change).steps)
    chosen = [step for step in strikes.to_kill(late) if step.call.startswith(("rename", "fsync", "vfork", "clone"))]
    generator.shuffle(chosen)
    return [
        Fault("host loses power", f"after {step.name}", change, _power_cut_at(step), harms=True) for step in chosen[:6]
    ]


def _power_cut_at(step: trace.Step) -> Callable[[Rig, Deploy], Strike]:
    def deliver(rig: Rig, deploy: Deploy) -> Strike:
        rig.host.arm(rig.starts(deploy.change), f"{trace.STRIKE} -e inject={step.call}:signal=SIGSTOP:when={step.nth}")
        playbook = deploy.start()
        while "stopped by SIGSTOP" not in rig.host.trace() and not playbook.over():
            time.sleep(0.05)
        struck, where = _hit(rig.host.trace(), step)
        if not playbook.over():
            rig.host.cut_power()
        return Strike(struck, where, playbook.finish())

    return deliver


def reboot(rig: Rig, generator: random.Random, change: Change, _count: int) -> list[Fault]:
    starts = rig.starts(change)
    moments = [
        f"start:{starts}+{generator.uniform(0, rig.timing(change).pythons[-1]):.3f}",
        "staged",
        "switching",
        "switched",
    ]

    def strike(rig_: Rig, playbook: Playbook) -> bool:
        struck = not playbook.over()
        rig_.host.reboot()
        return struck

    return [Fault("host reboots", moment, change, _on_moment(moment, "none", strike), harms=True) for moment in moments]


RELOADS = ("prometheus-target", "alertmanager-receiver", "command_center-age")
RESTARTS = ("prometheus-flag", "alertmanager-link", "command_center-program")
STEPPED = (*RELOADS, "prometheus-flag", "command_center-program", "command_center-first")
WRITTEN = ("command_center-age", "prometheus-flag")
KINDS = (
    Kind("killed at a step", STEPPED, killed_at_steps),
    Kind("process killed", (*RELOADS, "prometheus-flag"), process_killed, drawn=0.34),
    Kind("connection killed", (*RELOADS, "prometheus-flag"), connection_killed, drawn=0.33),
    Kind("module killed", (*RELOADS, "prometheus-flag", "command_center-program"), module_killed, drawn=0.33),
    Kind("disk full at a write", WRITTEN, disk_full_at_writes),
    Kind("out of inodes at a write", ("command_center-age",), quota_at_writes),
    Kind("read-only at a write", WRITTEN, read_only_at_writes),
    Kind("disk really full or read-only", ("command_center-age", "prometheus-target"), small_disks),
    Kind("clock jumps back", (*RELOADS, "prometheus-flag"), clock_back),
    Kind("service crashes at the switch", (*RELOADS, *RESTARTS), crashes_at_once),
    Kind("service crashes 10 s later", (*RELOADS, *RESTARTS), crashes_later),
    Kind("service hangs on reload", RELOADS, service_hangs),
    Kind("port taken at the restart", RESTARTS, port_taken),
    Kind("two deploys at once", RELOADS, two_at_once),
    Kind("host loses power", ("prometheus-target", "command_center-age"), power_cut),
    Kind("host reboots", ("prometheus-target", "command_center-age"), reboot),
)
