# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.drill`: runs the drill, prints each step as it is seen, then the timeline."""

from __future__ import annotations

import time
from typing import Any

import yaml
from ansible.utils.display import Display
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import OPTION as ACCESS
from ansible_collections.aetherlink.monitoring.plugins.module_utils.drill.component_apis import DrillError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import report_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import Untrusted, parse_from_host
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill import drill_table, timeline
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill.notification_timing import (
    UnreadableRoutes,
    Window,
    notifying,
    windows,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.drill.timeline import Step, Timeline

display = Display()
URLS = ("alertmanager", "prometheus", "command_center", "demo_verticals", "inbox")
WATCH = 15.0  # seconds of one look at the host; renews what the drill has been lent
_OPTIONS: dict[str, Any] = {
    "kind": {"type": "str", "choices": ["outage", "synthetic"], "required": True},
    "env": {"type": "str", "required": True},
    "service": {"type": "str", "default": "crm"},
    "severity": {"type": "str", "choices": ["critical", "warning", "info"], "default": "warning"},
    "confirm": {"type": "str", "choices": ["inbox", "counters"], "default": "counters"},
    **{
        name: {"type": "str", "default": f"http://127.0.0.1:{port}"}
        for name, port in zip(URLS, (9093, 9090, 8010, 8100, 8025))
    },
    "access": {"type": "dict", "default": {}, "options": {name: ACCESS for name in URLS[:3]}},
    "command_center_interval": {"type": "str", "default": "15s"},
    "patience": {"type": "str", "default": "30s"},
    "longest_wait": {"type": "str", "default": "10m"},
    "runbook_url": {"type": "str", "default": "https://runbooks.aetherlink.example/{alert}"},
    "report": {"type": "path", "default": ""},
}


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec=_OPTIONS)
        try:
            if sentence := report_file.refuse("drill_report", p["report"]):
                raise DrillError(sentence)
            drill = Drill(self, p, task_vars)
            if self._task.check_mode:
                return {"skipped": True, "msg": "a drill causes a real alert: there is none in check mode."}
            found = drill.run()
        except (DrillError, ConfigError) as error:
            return {"failed": True, "msg": clean(error)}
        return {"changed": False, **found}


class Drill:
    """One drill, led from the controller: every step on the host is a module call."""

    def __init__(self, action: ActionModule, p: dict[str, Any], task_vars: dict[str, Any]) -> None:
        self._action, self._p, self._task_vars = action, p, task_vars
        self._poll_interval = _seconds(p, "command_center_interval")
        self._patience, self._longest = _seconds(p, "patience"), _seconds(p, "longest_wait")
        self._spec: dict[str, Any] = {
            "kind": p["kind"],
            "env": p["env"],
            "service": p["service"],
            **{name: p[name] for name in (*URLS, "access")},
            "inbox": p["inbox"] if p["confirm"] == "inbox" else "",
            **alert(p),
            "breaking": True,
            "order": [],
        }
        self._notifying: set[str] = set()

    def run(self) -> dict[str, Any]:
        facts = self._step("begin")
        line = Timeline(facts["started"])
        line.begin("started", facts["started"])
        self._spec.update(started=facts["started"], marks=facts["marks"])
        self._say(f"{'0.0':>8} s  {self._cause()}")
        try:
            windows_ = self._fire(line, facts)
        except BaseException:
            self._mend()
            self._report(line, [], ok=False)
            raise
        ended = self._step("end")
        self._spec["breaking"] = False
        self._say(f"{ended['ended'] - line.started:8.1f} s  {self._mended()}")
        self._spec["marks"] = ended["marks"]
        line.begin("ended", ended["ended"])
        try:
            self._close(line, facts, windows_)
        except BaseException:
            self._report(line, windows_, ok=False)
            raise
        return self._report(line, windows_)

    def _mend(self) -> None:
        """On the way out with an error, which matters more than one of the mending: what was lent ends by itself."""
        try:
            self._step("end")
        except DrillError as error:
            display.warning(f"{clean(error)} What the drill broke recovers within a minute.")

    def _fire(self, line: Timeline, facts: dict[str, Any]) -> list[Window]:
        """Wait until every receiver is notified; return their windows."""
        labels = {**facts.get("rule", {}).get("labels", {}), **self._spec["labels"]}
        found, self._notifying = _read(facts["config"], labels, self._task_vars.get("inventory_hostname", "the host"))
        awaited = [w for w in found if w.group_wait <= self._longest]
        if not awaited:
            left = "; ".join(self._left_out(w) for w in found) or "the running routes route the alert to no receiver"
            raise DrillError(f"no receiver would be notified, so the drill has nothing to check: {left}.")
        self._spec["order"] = [f"notified:{w.name}" for w in awaited]
        line.expect(timeline.cause(self._p["kind"], self._p["service"], facts, self._poll_interval))
        line.expect(timeline.notifications(awaited))
        self._watch(line, found)
        return found

    def _close(self, line: Timeline, facts: dict[str, Any], found: list[Window]) -> None:
        """Wait for the resolved notification of every receiver that sends one."""
        awaited = [w for w in found if self._awaits_resolved(w)]
        self._spec["order"] = [f"notified:{w.name}" for w in awaited]
        line.expect(timeline.over(self._p["kind"], self._p["service"], facts, self._poll_interval, line.seen["ended"]))
        line.expect(timeline.resolved_notifications(awaited, line.seen))
        self._watch(line, found)

    def _awaits_resolved(self, window: Window) -> bool:
        return window.sends_resolved and max(window.group_wait, window.group_interval) <= self._longest

    def _watch(self, line: Timeline, found: list[Window]) -> None:
        while awaited := line.awaited():
            names = {_on_host(name): name for name in awaited}
            seen = self._step("watch", awaited=list(names), seconds=WATCH)
            line.seen.update({names[name]: at for name, at in seen["seen"].items()})
            for name in awaited:  # one follows from the other, however near they are seen
                if name in line.seen:
                    self._say(f"{line.seen[name] - line.started:8.1f} s  {clean(line.steps[name].says)}")
            _check_alert(seen["alert"], {w.receiver for w in found}, self._notifying)
            if late := line.late(seen["now"], self._patience):
                raise DrillError(_sentence(late, self._patience, seen))

    def _step(self, step: str, **arguments: Any) -> dict[str, Any]:
        module_args = {"step": step, "spec": self._spec, **arguments}
        result = self._action._execute_module(
            "aetherlink.monitoring.drill_step", module_args=module_args, task_vars=self._task_vars
        )
        if "found" not in result:
            raise DrillError(str(result.get("msg") or "the host gave no answer to a step of the drill."))
        return dict(result["found"])

    def _report(self, line: Timeline, found: list[Window], ok: bool = True) -> dict[str, Any]:
        """Print and write what was seen, also when that is not all."""
        events = [line.event(name) for name in line.steps if name in line.seen]
        receivers = {
            w.name: {
                key: line.own(f"{key}:{w.name}") for key in ("notified", "resolved") if f"{key}:{w.name}" in line.seen
            }
            for w in found
        }
        left = [sentence for w in found if (sentence := self._left_out(w))]
        self._say(drill_table.table(events, receivers, left))
        timeline_ = {"events": events, "receivers": receivers, "skipped": left}
        if sentence := report_file.write("drill_report", self._p["report"], {"ok": ok, **timeline_}):
            if ok:
                raise DrillError(sentence)
            display.warning(sentence)
        return timeline_

    def _left_out(self, w: Window) -> str:
        if w.group_wait > self._longest:
            return f"{w.receiver} would be notified by {w.kind} only after {timeline.shown(w.group_wait)}"
        if not w.sends_resolved:
            return f"{w.receiver} gets no resolved notification by {w.kind} (send_resolved: false)"
        if w.group_interval > self._longest:
            interval = timeline.shown(w.group_interval)
            return f"{w.receiver} gets the resolved notification by {w.kind} only after up to {interval}"
        return ""

    def _cause(self) -> str:
        return f"{self._p['service']} goes down" if self._p["kind"] == "outage" else "a drill alert is sent"

    def _mended(self) -> str:
        return f"{self._p['service']} is healed" if self._p["kind"] == "outage" else "the drill alert ends"

    @staticmethod
    def _say(text: str) -> None:
        display.display(text)


def alert(p: dict[str, Any]) -> dict[str, Any]:
    """labels and annotations of the alert that the drill is about."""
    if p["kind"] == "outage":
        labels = {"alertname": "AetherlinkVerticalServiceDown", "env": p["env"], "service": p["service"]}
        return {"labels": labels, "annotations": {}}
    # A group of its own each time: a group that has notified of an earlier drill delays this one.
    labels = {
        "alertname": "AetherlinkDrill",
        "drill": "true",
        "env": p["env"],
        "service": f"drill-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}",
        "severity": p["severity"],
    }
    annotations = {
        "summary": "This is a drill: nothing is broken",
        "description": "Somebody proves with playbooks/drill.yml that alerts arrive here. There is nothing to do.",
        "runbook_url": p["runbook_url"].replace("{alert}", "AetherlinkDrill"),
    }
    return {"labels": labels, "annotations": annotations}


def _check_alert(seen: dict[str, Any] | None, computed: set[str], notifying: set[str]) -> None:
    """Refuse what cannot end well: an alert that is held back, or goes to others than the timeline reckons with.

    notifying: the receivers that have an integration.
    """
    if not seen:
        return
    for state in ("silenced", "inhibited"):
        if seen[state]:
            raise DrillError(
                f"no receiver is notified: the alert is {state} in Alertmanager. Lift that, then drill again."
            )
    if computed != notifying & set(seen["receivers"]):
        raise DrillError(
            f"Alertmanager routes the alert to {', '.join(seen['receivers'])}, and the drill read its configuration as "
            f"{', '.join(sorted(computed))}: was it deployed while the drill ran? Drill again."
        )


def _read(text: str, labels: dict[str, str], host: str) -> tuple[list[Window], set[str]]:
    """The windows and the receivers that notify anybody, by the configuration that a host says it runs."""
    try:
        config = parse_from_host(text)
        return windows(config, labels), notifying(config)
    except ConfigError:
        raise
    except (Untrusted, UnreadableRoutes) as error:
        reason = str(error)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError):
        reason = "it is no configuration of Alertmanager"
    raise DrillError(
        f"the drill does not read the configuration that Alertmanager on {host} says it runs, because {reason}: find "
        "out who changed it, deploy it again, then drill."
    )


def _on_host(name: str) -> str:
    """The host looks for a message, and knows by its marks that it is a new one."""
    return f"notified:{name.partition(':')[2]}" if name.startswith("resolved:") else name


def _seconds(p: dict[str, Any], name: str) -> float:
    return duration_ms(p[name], name) / 1000


def _sentence(late: Step, patience: float, seen: dict[str, Any]) -> str:
    waited = f"within {timeline.shown(late.wait)} ({late.setting})" if late.setting else "at once"
    hints = [f"{number} notifications by {kind} failed meanwhile" for kind, number in sorted(seen["failed"].items())]
    why = "; ".join(hints) or "the log of the component has more, and a route may be muted at this time"
    return f"not seen: {late.says}. It was due {waited}, and {timeline.shown(patience)} more have passed: {why}."
