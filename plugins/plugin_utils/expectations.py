# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a component must do, read out of its rendered configuration files: what was deployed is what is verified."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import revision
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    COMMAND_CENTER_JOB,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import reachable


def expectations(component: str, files: dict[str, str]) -> dict[str, Any]:
    """The `wanted` of the component's checks in module_utils/verify, without env and version."""
    return {
        "prometheus": _prometheus,
        "alertmanager": _alertmanager,
        "command_center": _command_center,
        "demo_verticals": _demo_verticals,
        "inbox": _inbox,
        "grafana": _grafana,
    }[component](files)


def _prometheus(files: dict[str, str]) -> dict[str, Any]:
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


def _alertmanager(files: dict[str, str]) -> dict[str, Any]:
    return {"receivers": [receiver["name"] for receiver in parse(files["alertmanager.yml"])["receivers"]]}


def _command_center(files: dict[str, str]) -> dict[str, Any]:
    return {"verticals": [v["name"] for v in json.loads(files["command_center.json"])["verticals"]]}


def _demo_verticals(files: dict[str, str]) -> dict[str, Any]:
    return {"services": [s["name"] for s in json.loads(files["demo_verticals.json"])["services"]]}


def _inbox(files: dict[str, str]) -> dict[str, Any]:
    listen = json.loads(files["inbox.json"])["listen"]
    digest = hashlib.sha256(files["inbox.json"].encode()).hexdigest()
    return {"config_sha256": digest, "smtp_address": reachable(listen["address"]), "smtp_port": listen["smtp_port"]}


def _grafana(files: dict[str, str]) -> dict[str, Any]:
    """Where the files do not say it, the host's active release does."""
    wanted: dict[str, Any] = {}
    provisioned = [parse(t) for name, t in files.items() if re.fullmatch(r"provisioning/datasources/.*\.ya?ml", name)]
    if provisioned:
        sources = [source for document in provisioned for source in document.get("datasources") or []]
        wanted["datasources"] = {source["uid"]: source["name"] for source in sources}
    dashboards = [json.loads(text) for name, text in files.items() if re.fullmatch(r"dashboards/.*\.json", name)]
    if dashboards:
        wanted["dashboards"] = {dashboard["uid"]: revision(dashboard) for dashboard in dashboards}
    return wanted
