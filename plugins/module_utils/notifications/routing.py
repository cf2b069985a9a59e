# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routing tests: which receivers an alert reaches, inhibition, grouping and mute times."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from ..release.scratch import scratch
from .instance import Instance, NoAnswerError, running, until
from .sinks import Sinks, sinks
from .zones import shifted

BARRIER = "aetherlink_barrier"
_MUTED = ("within mute time", "not within active time")


def problems(program: Path, config: dict[str, Any], tests: list[dict[str, Any]], user: str) -> list[str]:
    """A sentence for each test that does not hold. config: Alertmanager's own; tests: alertmanager_routing_tests."""
    by_moment: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for test in tests:
        by_moment[test.get("at", "")].append(test)
    found: list[str] = []
    for moment, group in by_moment.items():
        with scratch("alertmanager") as zones, sinks() as sink:
            zones.chmod(0o755)
            made = configuration(config, sink, moment, zones)
            with running(program, made, user, zones) as alertmanager:
                found += _asked(alertmanager, sink, group)
    return found


def configuration(config: dict[str, Any], sink: Sinks, moment: str, zones: Path) -> dict[str, Any]:
    """The routes, inhibitions and intervals as they are; receivers that only record a notification; no waiting."""
    made = copy.deepcopy({key: value for key, value in config.items() if key not in ("templates", "global")})
    names = [receiver["name"] for receiver in made["receivers"]]
    made["receivers"] = [
        {"name": name, "webhook_configs": [{"url": sink.url("webhook", name), "send_resolved": False}]}
        for name in names
    ]
    for route in _routes(made["route"]):
        route["group_wait"] = "0s"
    barrier = {"receiver": names[0], "matchers": [f'{BARRIER}!=""'], "group_by": ["..."], "group_wait": "1h"}
    made["route"]["routes"] = [barrier, *made["route"].get("routes", [])]
    sides = {f"{side}_matchers": [f'{BARRIER}="{side}"'] for side in ("source", "target")}
    made["inhibit_rules"] = [*made.get("inhibit_rules", []), {**sides, "equal": ["number"]}]
    if moment:
        at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        for number, spec in enumerate(s for i in made.get("time_intervals", []) for s in i["time_intervals"]):
            spec["location"] = shifted(zones, f"Zone{number}", at, spec.get("location", "UTC"))
    return made


def _routes(route: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield route
    for child in route.get("routes", []):
        yield from _routes(child)


def _asked(alertmanager: Instance, sink: Sinks, tests: list[dict[str, Any]]) -> Iterator[str]:
    numbers = count()
    for test in tests:
        alerts = [*test.get("firing", []), test["alert"]]
        number = str(next(numbers))
        logged = _muted_so_far(alertmanager)
        alertmanager.fire(alerts)
        _settled(alertmanager, number)
        try:
            yield from (
                f'routing test "{test["name"]}": {problem}' for problem in _problems(alertmanager, sink, test, logged)
            )
        finally:
            alertmanager.resolve(alerts)


def _settled(alertmanager: Instance, number: str) -> None:
    """Alertmanager inhibits in the order in which alerts come: when this pair is inhibited, all before it is known."""
    pair = [{"alertname": BARRIER, BARRIER: side, "number": number} for side in ("target", "source")]
    alertmanager.fire(pair)

    def inhibited() -> bool | None:
        states = [_state(alert) for alert in alertmanager.get("alerts") if alert["labels"] == pair[0]]
        return True if states == ["inhibited"] else None

    until(inhibited, "Alertmanager did not take the alerts of a routing test in time")


def _state(alert: dict[str, Any]) -> str:
    return "inhibited" if alert["status"]["inhibitedBy"] else str(alert["status"]["state"])


def _problems(alertmanager: Instance, sink: Sinks, test: dict[str, Any], logged: int) -> Iterator[str]:
    seen = next((alert for alert in alertmanager.get("alerts") if alert["labels"] == test["alert"]), None)
    if seen is None:
        raise NoAnswerError(f'routing test "{test["name"]}": Alertmanager does not show the alert')
    reached = sorted(receiver["name"] for receiver in seen["receivers"])
    if "receivers" in test and reached != sorted(test["receivers"]):
        yield f"goes to {_names(reached)}, not to {_names(sorted(test['receivers']))}"
        return
    if "inhibited" in test and (_state(seen) == "inhibited") != test["inhibited"]:
        yield f"is {'not ' if test['inhibited'] else ''}inhibited by what fires with it"
    if "grouped" in test:
        yield from _grouping(alertmanager, test)
    if "at" in test:
        yield from _timing(alertmanager, sink, test, logged)


def _grouping(alertmanager: Instance, test: dict[str, Any]) -> Iterator[str]:
    wanted = [test["alert"], *test["firing"]]

    def groups() -> list[list[dict[str, str]]] | None:
        found = [[alert["labels"] for alert in group["alerts"]] for group in alertmanager.get("alerts/groups")]
        return found if all(any(alert in group for group in found) for alert in wanted) else None

    shown = until(groups, "Alertmanager did not group the alerts of a routing test in time")
    together = [all(other in group for other in test["firing"]) for group in shown if test["alert"] in group]
    if test["grouped"] and not all(together):
        yield "does not come in one message with what fires with it"
    if not test["grouped"] and any(together):
        yield "comes in one message with what fires with it"


def _timing(alertmanager: Instance, sink: Sinks, test: dict[str, Any], logged: int) -> Iterator[str]:
    def notified() -> set[str]:
        bodies = ((name, body) for name in test["receivers"] for body in sink.of("webhook", name))
        return {name for name, body in bodies if any(a["labels"] == test["alert"] for a in body["alerts"])}

    def decided() -> set[str] | None:
        came = notified()
        return came if len(came) + _muted_so_far(alertmanager) - logged >= len(set(test["receivers"])) else None

    came = until(decided, f'routing test "{test["name"]}": Alertmanager did not decide in time')
    for name in sorted(set(test["receivers"])):
        if name in came and name in test.get("muted", []):
            yield f"reaches {name} at {test['at']}, and not muted"
        if name not in came and name not in test.get("muted", []):
            yield f"is muted for {name} at {test['at']}"


def _muted_so_far(alertmanager: Instance) -> int:
    log = alertmanager.log()
    return sum(log.count(phrase) for phrase in _MUTED)


def _names(names: list[str]) -> str:
    return ", ".join(names) or "nobody"
