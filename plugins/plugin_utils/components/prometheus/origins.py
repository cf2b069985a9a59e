# SPDX-License-Identifier: GPL-3.0-or-later
"""Which prometheus_* variable a place in prometheus.yml or a rule file comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.checker_messages import (
    Finding,
    Origins,
    Path,
    Variable,
    by_name,
    joined,
)

_FILE = "prometheus.yml"
_EXTRA = "prometheus_extra_config"
_OWN_GLOBAL = ("scrape_interval", "scrape_timeout", "evaluation_interval", "external_labels")
_LISTS = {
    ("alerting", "alertmanagers"): "prometheus_alertmanagers",
    ("alerting", "alert_relabel_configs"): "prometheus_alert_relabel_configs",
    ("remote_write",): "prometheus_remote_write",
}
_RULE = re.compile(r'(rules/[^:]+): (?:\d+:\d+: )*group "[^"]*", rule (\d+), "[^"]*": (.*)')
_JOB = re.compile(r'job name "([^"]+)"')
_IN_WORDS: dict[str, Path] = {
    "global scrape timeout": ("global", "scrape_timeout"),
    "url for remote_write is empty": ("remote_write",),
}


def place(documents: Mapping[str, Any], file: str, path: Path, variable: Variable) -> str:
    if file.startswith("rules/"):
        return _rule_place(documents[file], path, variable)
    if path[:1] == ("scrape_configs",) and len(path) > 1:
        return _job_place(documents[_FILE]["scrape_configs"][path[1]]["job_name"], path[2:], variable)
    if path[:1] == ("global",):
        return _global_place(path[1:], variable)
    for section, name in _LISTS.items():
        rest = path[len(section) :]
        if path[: len(section)] == section:
            own = not rest or rest[0] in range(len(variable(name) or ()))
            return joined(name, rest) if own else joined(_EXTRA, path)
    return joined(_EXTRA, path)


def _job_place(job: str, rest: Path, variable: Variable) -> str:
    index = by_name(variable, "prometheus_scrape_jobs", "job_name", job)
    if index is not None:
        return joined("prometheus_scrape_jobs", (index, *rest))
    extra = by_name(lambda _: (variable(_EXTRA) or {}).get("scrape_configs"), "", "job_name", job)
    if extra is not None:
        return joined(_EXTRA, ("scrape_configs", extra, *rest))
    return f'prometheus_scrape_jobs (the built-in job "{job}")'


def _rule_place(document: Any, path: Path, variable: Variable) -> str:
    """path: groups, 0, and the way from there."""
    group = document["groups"][0]
    rest = path[2:]
    index = by_name(variable, "prometheus_rule_groups", "name", group["name"])
    if index is None:
        return f'prometheus_rule_groups (the built-in group "{group["name"]}")'
    if len(rest) > 1 and rest[0] == "rules":
        # Rules that are switched off are not in the file.
        rule = group["rules"][rest[1]]
        own = variable("prometheus_rule_groups")[index]["rules"]
        same = [number for number, one in enumerate(own) if _identity(one) == _identity(rule)]
        rest = ("rules", same[0] if same else rest[1], *rest[2:])
    return joined("prometheus_rule_groups", (index, *rest))


def _identity(rule: Any) -> tuple[Any, ...]:
    return tuple(rule.get(key) for key in ("alert", "record", "expr"))


def _global_place(rest: Path, variable: Variable) -> str:
    given = {name: variable(name) or {} for name in ("prometheus_global", _EXTRA)}
    if rest and rest[0] in given[_EXTRA].get("global", {}):
        return joined(_EXTRA, ("global", *rest))
    if rest and rest[0] in _OWN_GLOBAL and rest[0] not in given["prometheus_global"]:
        return joined(f"prometheus_{rest[0]}", rest[1:])
    return joined("prometheus_global", rest)


def special(documents: Mapping[str, Any], cause: str) -> Finding | None:
    if (rule := _RULE.fullmatch(cause)) and rule[1] in documents:
        return Finding(rule[1], ("groups", 0, "rules", int(rule[2]) - 1), rule[3])
    jobs = [job["job_name"] for job in documents[_FILE].get("scrape_configs", [])]
    if (job := _JOB.search(cause)) and job[1] in jobs:
        return Finding(_FILE, ("scrape_configs", jobs.index(job[1])), cause)
    return next((Finding(_FILE, path, cause) for words, path in _IN_WORDS.items() if words in cause), None)


_KEYS = (
    "alert alert_relabel_configs annotations api_version authorization azure_sd_configs basic_auth body_size_limit "
    "consul_sd_configs dns_sd_configs ec2_sd_configs enable_compression enable_http2 evaluation_interval expr "
    "external_labels fallback_scrape_protocol file_sd_configs follow_redirects for headers honor_labels "
    "honor_timestamps http_headers http_sd_configs interval job_name keep_firing_for kubernetes_sd_configs "
    "label_limit labels limit metadata_config metric_relabel_configs metrics_path modulus name no_proxy oauth2 params "
    "path_prefix proxy_url query_log_file query_offset queue_config record regex relabel_configs remote_timeout "
    "replacement rules sample_limit scheme scrape_interval scrape_native_histograms scrape_protocols scrape_timeout "
    "send_exemplars separator source_labels static_configs storage target_label target_limit targets timeout "
    "tls_config tracing url write_relabel_configs"
)

ORIGINS = Origins(
    file=_FILE,
    checker="promtool check config",
    place=place,
    special=special,
    keys=_KEYS,
)
