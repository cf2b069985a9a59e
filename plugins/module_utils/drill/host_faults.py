# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A drill's steps on the host: begin it, watch for what should happen, end it.

What it breaks is lent, not taken: a vertical is down and a synthetic alert fires for LEASE seconds, renewed while
somebody watches. Whatever ends a drill without its end (an interrupt, a lost connection, a killed controller), all is
well again LEASE seconds later.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.drill.component_apis import (
    Alertmanager,
    CommandCenter,
    DemoVerticals,
    DrillError,
    Inbox,
    Prometheus,
)

LEASE = 60.0
POLL = 0.1
SETTLE = 1.0  # seconds to go on after something was seen: what follows at once is timed in the same call
COMMAND_CENTER_JOB = "aetherlink-command-center"

_OVER = re.compile(
    r"\bRESOLVED\b|^resolved?\b|^good\b"
)  # the templates' word; PagerDuty's, a webhook's, Slack's colour

Spec = dict[str, Any]
"""kind, env, service, labels, annotations, the components' URLs by name, their access, and what begin() gave."""


def begin(spec: Spec) -> dict[str, Any]:
    """Refuse a drill that would be meaningless, start it, and return what the timeline is computed from."""
    alertmanager = Alertmanager.of(spec)
    facts: dict[str, Any] = {"config": alertmanager.config(), "marks": _marks(spec)}
    if spec["kind"] == "outage":
        facts.update(_outage_facts(spec))
        facts["started"] = time.time()
        DemoVerticals.of(spec).take_down(spec["service"], LEASE)
    else:
        if alertmanager.shown(spec["labels"]):
            raise DrillError("an alert with the drill's labels fires already: wait until that drill is over.")
        facts["started"] = time.time()
        _renew(spec, facts["started"])
    return facts


def _outage_facts(spec: Spec) -> dict[str, Any]:
    service, prometheus = spec["service"], Prometheus.of(spec)
    vertical = CommandCenter.of(spec).vertical(service)
    fault = DemoVerticals.of(spec).fault(service)
    if fault != "none" or not vertical["up"] or prometheus.up(service, spec["env"]) != 1:
        raise DrillError(
            f"{service} is not healthy before the drill, which would make the drill meaningless: repair it, then drill."
        )
    if state := prometheus.alert(spec["labels"]):
        raise DrillError(f"the alert of {service} is {state} already: wait until it is resolved, then drill.")
    return {
        "rule": prometheus.rule(spec["labels"]["alertname"]),
        "scrape": prometheus.scrape(COMMAND_CENTER_JOB),
        "last_poll": vertical["last_success"],
    }


def _marks(spec: Spec) -> dict[str, Any]:
    """Where the inbox and Alertmanager's counters stand now."""
    messages = Inbox.of(spec).messages() if spec["inbox"] else []
    return {
        "message": messages[-1]["id"] if messages else 0,
        "counts": Alertmanager.of(spec).counts(),
    }


def _renew(spec: Spec, started: float) -> None:
    if spec["kind"] == "outage":
        DemoVerticals.of(spec).take_down(spec["service"], LEASE)
    else:
        until = time.time() + LEASE
        Alertmanager.of(spec).send(spec["labels"], spec["annotations"], started, until)


def watch(spec: Spec, awaited: Iterable[str], seconds: float) -> dict[str, Any]:
    """Look until something awaited is seen and SETTLE has passed, at most that many seconds. seen: its times."""
    if spec["breaking"]:
        _renew(spec, spec["started"])
    waiting = set(awaited)
    seen: dict[str, float] = {}
    deadline = time.time() + seconds
    while waiting and time.time() < deadline:
        found = _look(spec, waiting)
        if found and not seen:
            deadline = min(deadline, time.time() + SETTLE)
        seen.update(found)
        waiting -= set(found)
        time.sleep(POLL)
    return {"seen": seen, "now": time.time(), **_words(spec)}


def end(spec: Spec) -> dict[str, Any]:
    """Mend what the drill broke; done again it does nothing. marks: for notifications from now on.

    A component that gives no marks does not keep the drill from mending what it broke.
    """
    try:
        marks = _marks(spec)
    finally:
        now = time.time()
        if spec["kind"] == "outage":
            DemoVerticals.of(spec).heal(spec["service"])
        else:
            Alertmanager.of(spec).send(spec["labels"], spec["annotations"], spec["started"], now)
    return {"ended": now, "marks": marks}


def _look(spec: Spec, waiting: set[str]) -> dict[str, float]:
    notifications = {name for name in waiting if name.startswith("notified:")}
    found = {name: time.time() for name in sorted(waiting - notifications) if LOOKS[name](spec)}
    if notifications:
        found.update(
            _notified_in_inbox(spec, notifications) if spec["inbox"] else _notified_by_counters(spec, notifications)
        )
    return found


LOOKS: dict[str, Callable[[Spec], bool]] = {
    "noticed": lambda s: not CommandCenter.of(s).vertical(s["service"])["up"],
    "flipped": lambda s: Prometheus.of(s).up(s["service"], s["env"]) == 0,
    "pending": lambda s: Prometheus.of(s).alert(s["labels"]) != "",
    "firing": lambda s: Prometheus.of(s).alert(s["labels"]) == "firing",
    "received": lambda s: Alertmanager.of(s).shown(s["labels"]) is not None,
    "answers": lambda s: bool(CommandCenter.of(s).vertical(s["service"])["up"]),
    "recovered": lambda s: Prometheus.of(s).up(s["service"], s["env"]) == 1,
    "resolved": lambda s: Prometheus.of(s).alert(s["labels"]) == "",
    "closed": lambda s: Alertmanager.of(s).shown(s["labels"]) is None,
}


def _notified_in_inbox(spec: Spec, names: set[str]) -> dict[str, float]:
    """notified:<receiver>/<kind> by the first message about the alert and its service in its present state."""
    found: dict[str, float] = {}
    words = [re.compile(rf"\b{re.escape(spec['labels'][key])}\b") for key in ("alertname", "service")]
    for message in Inbox.of(spec).messages(spec["marks"]["message"]):
        name, title = f"notified:{message['receiver']}/{message['kind']}", _title(message["kind"], message["body"])
        over = _OVER.search(title) is not None
        if name in names and over != spec["breaking"] and all(word.search(title) for word in words):
            found.setdefault(name, message["at"])
    return found


def _title(kind: str, body: Any) -> str:
    """What a message is about and whether it is over, where each kind of message says so."""
    if kind == "slack":
        return " ".join(str(one.get(key, "")) for one in body.get("attachments", []) for key in ("color", "title"))
    if kind == "pagerduty":
        return f"{body['event_action']} {(body.get('payload') or {}).get('summary', '')}"
    if kind == "email":
        return str(body["subject"])
    return f"{body.get('status')} {' '.join(str(value) for value in (body.get('commonLabels') or {}).values())}"


def _notified_by_counters(spec: Spec, names: set[str]) -> dict[str, float]:
    """Counters know integrations and no receivers: the first delivery is that of the first awaited, and so on."""
    now, before = Alertmanager.of(spec).counts(), spec["marks"]["counts"]
    found: dict[str, float] = {}
    for kind in {name.rpartition("/")[2] for name in names}:
        delivered = now.get(kind, {"notified": 0})["notified"] - before.get(kind, {"notified": 0})["notified"]
        in_order = [name for name in spec["order"] if name.rpartition("/")[2] == kind]
        found.update((name, time.time()) for name in in_order[:delivered] if name in names)
    return found


def _words(spec: Spec) -> dict[str, Any]:
    """What explains that something does not come."""
    alertmanager = Alertmanager.of(spec)
    now, before = alertmanager.counts(), spec["marks"]["counts"]
    failed = {kind: n["failed"] - before.get(kind, {"failed": 0})["failed"] for kind, n in now.items()}
    return {
        "alert": alertmanager.shown(spec["labels"]),
        "failed": {kind: number for kind, number in failed.items() if number > 0},
    }
