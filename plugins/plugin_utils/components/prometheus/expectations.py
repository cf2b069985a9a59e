# SPDX-License-Identifier: GPL-3.0-or-later
"""What `verify` expects of Prometheus, from the files that are deployed."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    COMMAND_CENTER_JOB,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse


def expectations(files: dict[str, str]) -> dict[str, Any]:
    """The `wanted` of module_utils/verify/prometheus_rows.py, without env and version."""
    config = parse(files["prometheus.yml"])
    jobs = config.get("scrape_configs") or []
    groups = [g for name, text in files.items() if name.startswith("rules/") for g in parse(text)["groups"]]
    static = [
        (job["job_name"], target, entry.get("labels") or {})
        for job in jobs
        for entry in job.get("static_configs") or []
        for target in entry["targets"]
    ]
    alertmanagers = (config.get("alerting") or {}).get("alertmanagers") or []
    return {
        "targets": [
            {"job": job, "address": target, "instance": labels.get("instance", target)}
            for job, target, labels in static
        ],
        "discovering": [job["job_name"] for job in jobs if any(key.endswith("_sd_configs") for key in job)],
        "rule_groups": {g["name"]: [rule.get("alert") or rule["record"] for rule in g["rules"]] for g in groups},
        "alertmanagers": [
            {"address": target, "access": _access(a)}
            for a in alertmanagers
            for entry in a.get("static_configs") or []
            for target in entry["targets"]
        ],
        "fleet": any(job["job_name"] == COMMAND_CENTER_JOB for job in jobs),
    }


def _access(entry: dict[str, Any]) -> dict[str, str]:
    """How Prometheus asks there: what was deployed is what is tried."""
    tls, login = entry.get("tls_config") or {}, entry.get("basic_auth") or {}
    found = {
        "ca_file": tls.get("ca_file"),
        "user": login.get("username") if login.get("password_file") else "",
        "password_file": login.get("password_file"),
    }
    return {key: str(value or "") for key, value in found.items()}
