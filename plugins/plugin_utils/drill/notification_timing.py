# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When Alertmanager notifies which receiver of an alert, by its running configuration.

That configuration is a host's word: nothing in it may occupy the controller.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.matchers import Matcher, matchers

_DEFAULTS = {"group_wait": "30s", "group_interval": "5m"}
_SEND_RESOLVED = {"slack": False, "email": False}  # the other integrations do by default

_PATIENCE = 5.0  # seconds for all regular expressions of a configuration, which take microseconds
_MATCH = """
import json, re, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
def matches(pattern, value):
    try:
        return re.fullmatch(pattern, value) is not None
    except (re.error, RecursionError, OverflowError):
        return None
print(json.dumps([matches(*pair) for pair in json.load(sys.stdin)]))
"""
_Answers = dict[tuple[str, str], Any]
"""By regular expression and value; None where Python cannot read what Go can."""


class UnreadableRoutes(Exception):
    """A phrase that says why the routes are not followed."""


@dataclass(frozen=True)
class Window:
    """One integration of a receiver. Seconds until its first message, and between two."""

    receiver: str
    kind: str
    group_wait: float
    group_interval: float
    sends_resolved: bool

    @property
    def name(self) -> str:
        return f"{self.receiver}/{self.kind}"


def windows(config: Mapping[str, Any], labels: Mapping[str, str]) -> list[Window]:
    """Of each integration that an alert with these labels goes to; the soonest is first."""
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    found: dict[str, Window] = {}
    values = {name: str(value) for name, value in labels.items()}
    answers = _answers({(m.value, values.get(m.label, "")) for m in _expressions(config["route"])})
    for route in _routes(config["route"], values, _DEFAULTS, answers):
        wait, interval = (
            duration_ms(route[key], f"route.{key}", zero=True) / 1000 for key in ("group_wait", "group_interval")
        )
        for kind, sends_resolved in _integrations(receivers[route["receiver"]]):
            window = Window(route["receiver"], kind, wait, interval, sends_resolved)
            if window.name not in found or wait < found[window.name].group_wait:
                found[window.name] = window
    return sorted(found.values(), key=lambda window: (window.group_wait, window.name))


def notifying(config: Mapping[str, Any]) -> set[str]:
    """The receivers that have an integration."""
    return {receiver["name"] for receiver in config["receivers"] if any(_integrations(receiver))}


def _expressions(route: Mapping[str, Any]) -> Iterator[Matcher]:
    """Every matcher below that route with a regular expression."""
    for child in route.get("routes") or []:
        yield from (m for m in _matchers(child) if m.operator in ("=~", "!~"))
        yield from _expressions(child)


def _matchers(route: Mapping[str, Any]) -> list[Matcher]:
    """Also those in Alertmanager's older form."""
    older = (("match", "="), ("match_re", "=~"))
    own = [Matcher(label, sign, str(value)) for key, sign in older for label, value in (route.get(key) or {}).items()]
    return own + matchers(list(route.get("matchers") or []), "matchers")


def _answers(pairs: set[tuple[str, str]]) -> _Answers:
    """Whether the expressions match, by a process of its own that is ended when it takes too long."""
    if not pairs:
        return {}
    ordered = sorted(pairs)
    command = [sys.executable, "-I", "-c", _MATCH]
    try:
        done = subprocess.run(
            command, input=json.dumps(ordered), capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except subprocess.TimeoutExpired:
        raise UnreadableRoutes(f"its regular expressions take longer than {_PATIENCE:g} s") from None
    except subprocess.CalledProcessError:
        raise UnreadableRoutes("its regular expressions take too much memory") from None
    return dict(zip(ordered, json.loads(done.stdout)))


def _accepts(matcher: Matcher, value: str, answers: _Answers) -> bool:
    if matcher.operator in ("=", "!="):
        return (value == matcher.value) == (matcher.operator == "=")
    found = answers[matcher.value, value]
    return found is None or found == (matcher.operator == "=~")


def _routes(
    route: Mapping[str, Any], labels: Mapping[str, str], above: Mapping[str, Any], answers: _Answers
) -> list[dict[str, Any]]:
    own = {**above, **{key: route[key] for key in ("receiver", *_DEFAULTS) if key in route}}
    found: list[dict[str, Any]] = []
    for child in route.get("routes") or []:
        if all(_accepts(matcher, labels.get(matcher.label, ""), answers) for matcher in _matchers(child)):
            found += _routes(child, labels, own, answers)
            if not child.get("continue"):
                break
    return found or [own]


def _integrations(receiver: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for key, configs in receiver.items():
        kind = key.removesuffix("_configs")
        if kind != key and configs:
            yield kind, any(config.get("send_resolved", _SEND_RESOLVED.get(kind, True)) for config in configs)
