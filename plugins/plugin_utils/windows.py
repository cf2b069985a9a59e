# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When Alertmanager tells whom of an alert, by its running configuration; who is told, it says itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.matchers import matchers
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import duration_ms

_DEFAULTS = {"group_wait": "30s", "group_interval": "5m"}
_TELLS_RESOLVED = {"slack": False, "email": False}  # the other integrations do by default


@dataclass(frozen=True)
class Window:
    """One integration of a receiver. Seconds until its first message, and between two; whether it tells the end."""

    receiver: str
    kind: str
    group_wait: float
    group_interval: float
    tells_resolved: bool

    @property
    def name(self) -> str:
        return f"{self.receiver}/{self.kind}"


def windows(config: Mapping[str, Any], labels: Mapping[str, str]) -> list[Window]:
    """Of each integration that an alert with these labels goes to; the soonest is first."""
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    found: dict[str, Window] = {}
    for route in _routes(config["route"], labels, _DEFAULTS):
        wait, interval = (
            duration_ms(route[key], f"route.{key}", zero=True) / 1000 for key in ("group_wait", "group_interval")
        )
        for kind, tells in _integrations(receivers[route["receiver"]]):
            window = Window(route["receiver"], kind, wait, interval, tells)
            if window.name not in found or wait < found[window.name].group_wait:
                found[window.name] = window
    return sorted(found.values(), key=lambda window: (window.group_wait, window.name))


def telling(config: Mapping[str, Any]) -> set[str]:
    """The receivers that tell anybody."""
    return {receiver["name"] for receiver in config["receivers"] if any(_integrations(receiver))}


def _routes(route: Mapping[str, Any], labels: Mapping[str, str], above: Mapping[str, Any]) -> list[dict[str, Any]]:
    own = {**above, **{key: route[key] for key in ("receiver", *_DEFAULTS) if key in route}}
    found: list[dict[str, Any]] = []
    for child in route.get("routes") or []:
        parsed = matchers(list(child.get("matchers") or []), "matchers")
        if all(matcher.accepts(labels.get(matcher.label, "")) for matcher in parsed):
            found += _routes(child, labels, own)
            if not child.get("continue"):
                break
    return found or [own]


def _integrations(receiver: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for key, configs in receiver.items():
        kind = key.removesuffix("_configs")
        if kind != key and configs:
            yield kind, any(config.get("send_resolved", _TELLS_RESOLVED.get(kind, True)) for config in configs)
