# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of a drill, what the settings account for between two of them, and what is the system's own delay."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill.notification_timing import Window

JITTER = 0.5  # seconds by which a turn may come before its time: a rhythm is no clockwork


@dataclass(frozen=True)
class Step:
    """What is awaited after another step.

    wait: seconds that the settings let pass at most. every and since: where something happens at intervals, how long
    they are and when one began; then the settings account for the time until the next one alone.
    """

    name: str
    after: str
    says: str
    wait: float = 0
    setting: str = ""
    every: float = 0
    since: float = 0
    receiver: str = ""

    def settings(self, before: float, at: float) -> float:
        """Seconds between the two moments that the settings account for."""
        if not self.every:
            return min(self.wait, max(at - before, 0))
        last = self.since + math.floor((at - self.since + JITTER) / self.every) * self.every
        return min(max(last - before, 0), self.wait, max(at - before, 0))


@dataclass
class Timeline:
    """Steps as they are awaited and seen. started: Unix seconds of what they are all counted from."""

    started: float
    steps: dict[str, Step] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def begin(self, name: str, at: float) -> None:
        self.seen[name] = at

    def expect(self, steps: list[Step]) -> None:
        self.steps.update({step.name: step for step in steps})

    def awaited(self) -> list[str]:
        """Steps that may come next: all that are not seen yet."""
        return [name for name in self.steps if name not in self.seen]

    def late(self, now: float, patience: float) -> Step | None:
        for name in self.awaited():
            step = self.steps[name]
            if step.after in self.seen and now > self.seen[step.after] + step.wait + patience:
                return step
        return None

    def event(self, name: str) -> dict[str, Any]:
        step, at = self.steps[name], self.seen[name]
        before = self.seen[step.after]
        settings = step.settings(before, at)
        return {
            "event": step.says,
            "receiver": step.receiver,
            "at": round(at - self.started, 2),
            "settings": round(settings, 2),
            "own": round(max(at - before - settings, 0), 2),
            "setting": step.setting,
        }

    def own(self, name: str) -> float:
        """Seconds of the system's own delay on the whole way to a step."""
        total = 0.0
        while name in self.steps:
            total += self.event(name)["own"]
            name = self.steps[name].after
        return round(total, 2)


def cause(kind: str, service: str, facts: Mapping[str, Any], poll_interval: float) -> list[Step]:
    """From the outage to Alertmanager."""
    if kind == "synthetic":
        return [Step("received", "started", "Alertmanager has the alert")]
    rule = facts["rule"]
    return [*_metric(service, facts, poll_interval, "started", False), *_alert(rule)]


def over(kind: str, service: str, facts: Mapping[str, Any], poll_interval: float, healed: float) -> list[Step]:
    """From the healing to Alertmanager. healed: Unix seconds."""
    if kind == "synthetic":
        return [Step("closed", "ended", "Alertmanager resolves the alert")]
    rule = facts["rule"]
    return [
        *_metric(
            service, {**facts, "last_poll": healed_poll(facts, poll_interval, healed)}, poll_interval, "ended", True
        ),
        Step(
            "resolved",
            "recovered",
            "the alert is resolved",
            rule["interval"],
            f"evaluation interval {shown(rule['interval'])}",
            rule["interval"],
            rule["last"],
        ),
        Step("closed", "resolved", "Alertmanager resolves the alert"),
    ]


def healed_poll(facts: Mapping[str, Any], poll_interval: float, healed: float) -> float:
    """The moment of the rhythm in which Command Center asks that is the last before the healing."""
    since = facts["last_poll"] or healed
    return float(since + math.floor((healed - since) / poll_interval) * poll_interval)


def _metric(service: str, facts: Mapping[str, Any], poll_interval: float, after: str, well: bool) -> list[Step]:
    scrape = facts["scrape"]
    ask, metric = ("answers", "recovered") if well else ("noticed", "flipped")
    state = "up" if well else "down"
    return [
        Step(
            ask,
            after,
            f"Command Center sees {service} {state}",
            poll_interval,
            f"poll interval {shown(poll_interval)}",
            poll_interval,
            facts["last_poll"] or 0,
        ),
        Step(
            metric,
            ask,
            f"Prometheus has aether_service_up {int(well)}",
            scrape["interval"],
            f"scrape interval {shown(scrape['interval'])}",
            scrape["interval"],
            scrape["last"],
        ),
    ]


def _alert(rule: Mapping[str, float]) -> list[Step]:
    interval = rule["interval"]
    # Firing is found at an evaluation too: `for` counts up to the next one.
    wait = math.ceil(rule["for"] / interval) * interval
    return [
        Step(
            "pending",
            "flipped",
            "the alert is pending",
            interval,
            f"evaluation interval {shown(interval)}",
            interval,
            rule["last"],
        ),
        Step("firing", "pending", "the alert fires", wait, f"for {shown(rule['for'])}"),
        Step("received", "firing", "Alertmanager has the alert"),
    ]


def notifications(windows: list[Window]) -> list[Step]:
    return [
        Step(
            f"notified:{w.name}",
            "received",
            f"{w.receiver} is notified by {w.kind}",
            w.group_wait,
            f"group_wait {shown(w.group_wait)}",
            receiver=w.name,
        )
        for w in windows
    ]


def resolved_notifications(windows: list[Window], seen: Mapping[str, float]) -> list[Step]:
    """The group's messages come at intervals that began with the first one."""
    return [
        Step(
            f"resolved:{w.name}",
            "closed",
            f"{w.receiver} is notified by {w.kind} that it is resolved",
            w.group_interval,
            f"group_interval {shown(w.group_interval)}",
            w.group_interval,
            seen[f"notified:{w.name}"],
            w.name,
        )
        for w in windows
    ]


def shown(seconds: float) -> str:
    if seconds >= 60 and not seconds % 60:
        return f"{seconds / 60:g} min"
    return f"{seconds:g} s"
