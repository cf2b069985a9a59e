# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The APIs of the components on the alert path, as a drill uses them. Times: Unix seconds of the host's clock."""

from __future__ import annotations

import re
import urllib.parse
from datetime import datetime, timezone
from typing import Any, TypeVar

from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.http_api import Api

PATIENCE = 5.0  # seconds for one answer
_Any = TypeVar("_Any", bound="Component")
_SUCCESSES = re.compile(
    r'^alertmanager_notification_requests(_failed)?_total\{[^}]*integration="([^"]+)"[^}]*\} (\S+)$', re.MULTILINE
)


class DrillError(Exception):
    """One sentence: what cannot be drilled, why, what to do."""


def moment(text: str) -> float:
    """RFC 3339 with a fraction of any length, as Go writes it."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    if not found:
        raise DrillError(f"a component gives a time that cannot be read: {text}.")
    zone = "+00:00" if found[3] == "Z" else found[3]
    return datetime.fromisoformat(found[1] + zone).timestamp() + float(found[2] or 0)


def rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).isoformat()


class Component:
    """A component by its base URL. name: its key in a drill's spec."""

    title = ""
    name = ""

    def __init__(self, url: str, access: Access | None = None) -> None:
        try:
            self._api = Api(url, self.title, timeout=PATIENCE, access=access)
        except ValueError as error:
            raise DrillError(f"{self.title}: {error}") from error

    @classmethod
    def of(cls: type[_Any], spec: dict[str, Any]) -> _Any:
        """As a drill's spec says where it is, and under access by its name how it is asked."""
        return cls(spec[cls.name], Access.of((spec.get("access") or {}).get(cls.name)))

    def ask(self, path: str, method: str = "GET", body: Any = None, **query: str) -> Any:
        """The decoded answer. Raises DrillError."""
        try:
            return self._api.ask(method, path + (f"?{urllib.parse.urlencode(query)}" if query else ""), body)
        except OSError as error:
            raise DrillError(
                f"{self.title} at {self._api.url} cannot be asked for {path} ({error}): run playbooks/verify.yml."
            ) from error


class Prometheus(Component):
    title = "Prometheus"
    name = "prometheus"

    def up(self, service: str, env: str) -> float | None:
        query = f'aether_service_up{{service="{service}",env="{env}"}}'
        found = self.ask("/api/v1/query", query=query)["data"]["result"]
        return float(found[0]["value"][1]) if found else None

    def alert(self, labels: dict[str, str]) -> str:
        """pending, firing, or empty when it is neither."""
        for alert in self.ask("/api/v1/alerts")["data"]["alerts"]:
            if labels.items() <= alert["labels"].items():
                return str(alert["state"])
        return ""

    def rule(self, name: str) -> dict[str, Any]:
        """for, interval (seconds), the last evaluation, and the labels of an alert's rule."""
        for group in self.ask("/api/v1/rules", type="alert")["data"]["groups"]:
            for rule in group["rules"]:
                if rule["name"] == name:
                    last = moment(group["lastEvaluation"])
                    labels = rule.get("labels") or {}
                    return {"for": rule["duration"], "interval": group["interval"], "last": last, "labels": labels}
        raise DrillError(f"Prometheus has no rule {name}: switch it on (prometheus_rule_groups_disabled) and deploy.")

    def scrape(self, job: str) -> dict[str, float]:
        """interval (seconds) and the last scrape of a job's first target."""
        for target in self.ask("/api/v1/targets", state="active")["data"]["activeTargets"]:
            if target["labels"]["job"] == job:
                interval = duration_ms(target["scrapeInterval"], "scrapeInterval") / 1000
                return {"interval": interval, "last": moment(target["lastScrape"])}
        raise DrillError(f"Prometheus has no target of the job {job}: deploy, then run playbooks/verify.yml.")


class Alertmanager(Component):
    title = "Alertmanager"
    name = "alertmanager"

    def config(self) -> str:
        """The running configuration, YAML without its secrets."""
        return str(self.ask("/api/v2/status")["config"]["original"])

    def shown(self, labels: dict[str, str]) -> dict[str, Any] | None:
        """receivers (names), silenced, inhibited of the alert with these labels; None when it does not fire."""
        for alert in self.ask("/api/v2/alerts"):
            if labels.items() <= alert["labels"].items():
                return {
                    "receivers": sorted({receiver["name"] for receiver in alert["receivers"]}),
                    "silenced": bool(alert["status"]["silencedBy"]),
                    "inhibited": bool(alert["status"]["inhibitedBy"]),
                }
        return None

    def send(self, labels: dict[str, str], annotations: dict[str, str], starts: float, ends: float) -> None:
        alert = {"labels": labels, "annotations": annotations, "startsAt": rfc3339(starts), "endsAt": rfc3339(ends)}
        self.ask("/api/v2/alerts", "POST", [alert])

    def counts(self) -> dict[str, dict[str, int]]:
        """By integration: notifications delivered and failed, as its own metrics count them."""
        seen: dict[str, dict[str, int]] = {}
        for failed, integration, value in _SUCCESSES.findall(self.ask("/metrics")):
            seen.setdefault(integration, {"asked": 0, "failed": 0})["failed" if failed else "asked"] += int(
                float(value)
            )
        return {key: {"notified": n["asked"] - n["failed"], "failed": n["failed"]} for key, n in seen.items()}


class CommandCenter(Component):
    title = "Command Center"
    name = "command_center"

    def vertical(self, service: str) -> dict[str, Any]:
        """up and last_success (Unix seconds or None) of a vertical."""
        for vertical in self.ask("/api/fleet")["verticals"]:
            if vertical["name"] == service:
                last = vertical["last_success"]
                return {"up": vertical["up"], "last_success": moment(last) if last else None}
        raise DrillError(f"Command Center does not poll a vertical {service}: name one of command_center_verticals.")


class DemoVerticals(Component):
    title = "The demo verticals' admin endpoint"
    name = "demo_verticals"

    def fault(self, service: str) -> str:
        return str(self.ask(f"/verticals/{service}/fault")["fault"])

    def take_down(self, service: str, seconds: float) -> None:
        self.ask(f"/verticals/{service}/fault", "PUT", {"fault": "down", "seconds": seconds})

    def heal(self, service: str) -> None:
        self.ask(f"/verticals/{service}/fault", "DELETE")


class Inbox(Component):
    title = "The inbox"
    name = "inbox"

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("/api/messages", after=str(after))["messages"]
        return found
