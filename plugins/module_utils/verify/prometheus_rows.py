# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the running Prometheus do what was wanted? Asked through its HTTP API v1."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import (
    Get,
    Row,
    answers,
    row,
    same_version,
)

# What Command Center always has when it is scraped; attribution comes with the first write.
FLEET_METRICS = (
    "aether_service_up",
    "aether_service_stale",
    "aether_verticals_scrape_errors_total",
    "aether_verticals_scrape_duration_seconds_count",
    *(f"aether_platform_total_{total}" for total in ("contacts", "deals", "jobs", "properties", "policies", "uploads")),
)


def rows(get: Get, wanted: dict[str, Any]) -> list[Row]:
    """wanted: env, version, targets [{job, address, instance}], discovering [jobs that find targets by themselves],
    rule_groups {name: [rule names]}, alertmanagers [{address, access}], fleet (whether Command Center is scraped).

    access: as Prometheus itself asks them; relative paths are below etc, which is that of the active release.
    """
    return [
        _version(get, wanted["version"]),
        *_targets(get, wanted["targets"], wanted["discovering"]),
        *_rules(get, wanted["rule_groups"]),
        *_alertmanagers(get, wanted["alertmanagers"], Path(wanted.get("etc", "/"))),
        *(_fleet(get, metric, wanted["env"]) for metric in (FLEET_METRICS if wanted["fleet"] else ())),
    ]


def _data(get: Get, path: str, **query: str) -> Any:
    return get(f"/api/v1/{path}", **query)["data"]


def _version(get: Get, wanted: str) -> Row:
    seen = _data(get, "status/buildinfo")["version"]
    return row("version", wanted, seen, same_version(wanted, seen))


def _targets(get: Get, wanted: list[dict[str, str]], discovering: list[str]) -> list[Row]:
    active = _data(get, "targets", state="active")["activeTargets"]
    # By what was configured: relabelling may give a target any job and instance.
    found = defaultdict(list)
    for target in active:
        found[target["scrapePool"], target["discoveredLabels"]["__address__"]].append(target)
    rows = []
    for target in wanted:
        same = found[target["job"], target["address"]]
        seen = same.pop(0) if same else None
        state = "no such target" if seen is None else " ".join(filter(None, (seen["health"], seen["lastError"])))
        rows.append(row(f"target {target['job']} {target['instance']}", "up", state, state == "up"))
    whole = {t["job"] for t in wanted} - set(discovering)
    for (job, address), left in sorted(found.items(), key=lambda item: item[0]):
        for target in left if job in whole else ():
            instance = target["labels"].get("instance", address)
            rows.append(row(f"target {job} {instance}", "not scraped", target["health"], False))
    return rows


def _rules(get: Get, wanted: dict[str, list[str]]) -> list[Row]:
    loaded = {group["name"]: group["rules"] for group in _data(get, "rules")["groups"]}
    rows = []
    for name, rules in sorted(wanted.items()):
        found = loaded.get(name, [])
        as_wanted = [rule["name"] for rule in found] == rules and all(rule["health"] != "err" for rule in found)
        seen = _rules_seen(found, rules) if name in loaded else "not loaded"
        rows.append(row(f"rule group {name}", f"{len(rules)} rules", seen, as_wanted))
    for name in sorted(set(loaded) - set(wanted)):
        rows.append(row(f"rule group {name}", "not loaded", f"{len(loaded[name])} rules", False))
    return rows


def _rules_seen(found: list[dict[str, Any]], wanted: list[str]) -> str:
    names = [rule["name"] for rule in found]
    if sick := [rule["name"] for rule in found if rule["health"] == "err"]:
        return f"failing: {', '.join(sick)}"
    odd = [f"without {name}" for name in wanted if name not in names]
    odd += [f"with {name}" for name in names if name not in wanted]
    if not odd and names != wanted:
        odd = ["in another order"]
    return ", ".join([f"{len(names)} rules", *odd])


def _alertmanagers(get: Get, wanted: list[dict[str, Any]], etc: Path) -> list[Row]:
    urls = [a["url"] for a in _data(get, "alertmanagers")["activeAlertmanagers"]]
    rows = []
    for address, access in ((one["address"], Access.of(one["access"]).below(etc)) for one in wanted):
        seen = _connection(next((url for url in urls if f"//{address}/" in url), ""), access)
        rows.append(row(f"alertmanager {address}", "connected", seen, seen == "connected"))
    return rows


def _connection(url: str, access: Access) -> str:
    """Prometheus lists an Alertmanager as active without asking it; so it is asked from here, the same host."""
    if not url:
        return "unknown to Prometheus"
    base, found, _separator = url.partition("/api/")
    try:
        answers(f"{base}/-/ready", access)
    except OSError as error:
        return f"does not answer: {getattr(error, 'reason', error)}"
    return "connected" if found else f"unknown API {url}"


def _fleet(get: Get, metric: str, env: str) -> Row:
    result = _data(get, "query", query=f"count by (env) ({metric})")["result"]
    seen = {series["metric"].get("env", "no env"): int(float(series["value"][1])) for series in result}
    text = ", ".join(f"{name}: {count}" for name, count in sorted(seen.items())) or "no series"
    return row(f"series {metric}", f"env {env} only", text, list(seen) == [env])
