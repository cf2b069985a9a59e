# SPDX-License-Identifier: GPL-3.0-or-later
"""What Prometheus' files have, by name: jobs and targets, remote writes, rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.named import named, without
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse_from_host


def items(path: str, text: str) -> dict[str, Any] | None:
    """text: of the file at that path below etc/, empty for none. Errors are those of a file of another form."""
    if path == "prometheus.yml":
        return _config(parse_from_host(text) or {})
    if re.fullmatch(r"rules/.+\.yml", path):
        return _rules(parse_from_host(text) or {})
    return None


def _config(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, job in named("job", document.get("scrape_configs"), "job_name").items():
        found[name] = without(job, "static_configs")
        found.update({f"{name}: target {target}": labels for target, labels in _targets(job).items()})
    alerting = document.get("alerting") or {}
    for entry in alerting.get("alertmanagers") or []:
        settings = without(entry, "static_configs")
        targets = _targets(entry) or {"by discovery": {}}
        found.update({f"Alertmanager {target}": {**settings, **labels} for target, labels in targets.items()})
    found.update(named("remote write", document.get("remote_write"), "url"))
    # Which files have rules is seen by the files.
    rest = without(document, "scrape_configs", "alerting", "remote_write", "rule_files")
    return {**found, "alerting": without(alerting, "alertmanagers"), **rest}


def _targets(entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """{instance or address: {address, labels}}."""
    found = {}
    for static in entry.get("static_configs") or []:
        labels = static.get("labels") or {}
        for address in static["targets"]:
            found[str(labels.get("instance", address))] = {"address": address, **without(labels, "instance")}
    return found


def _rules(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, group in named("rule group", document.get("groups")).items():
        found[name] = without(group, "rules")
        rules = group.get("rules") or []
        for key, what in (("alert", "alert"), ("record", "recording rule")):
            found.update(named(f"{name}: {what}", (rule for rule in rules if key in rule), key))
    return found
