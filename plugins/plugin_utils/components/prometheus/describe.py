# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus, as its variables describe it."""

from __future__ import annotations

from functools import cache
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import shared
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import config, rule_tests
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.origins import ORIGINS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import ROLES, Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.secret_files import secret_files
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import local_url, with_port
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import certificate_file

BUILTIN_JOBS: list[dict[str, Any]] = [
    # 2,000 verticals are 50,000 samples and 6 MB.
    {
        "job_name": config.COMMAND_CENTER_JOB,
        "groups": ["command_center"],
        "honor_labels": True,
        "sample_limit": 200_000,
        "body_size_limit": "50MB",
    },
    *(
        {"job_name": name, "groups": [name], "sample_limit": 50_000, "body_size_limit": "20MB"}
        for name in ("prometheus", "alertmanager", "grafana")
    ),
]
"""Scraped unless switched off by name; a job of the same name in prometheus_scrape_jobs takes its place.

Without a port, each host is scraped at its own `<group>_port`.
"""
RULE_GROUPS = ("verticals", "platform", "pipeline", "prometheus", "alertmanager", "grafana", "recordings")


def describe(v: Variables) -> Component:
    tls, login = v["prometheus_tls"], shared.has_password(v)
    listen = with_port(v["prometheus_listen_address"], v["prometheus_port"])
    url = local_url(tls, v["prometheus_listen_address"], v["prometheus_port"])
    web = shared.web(v, v["prometheus_secrets"], tls=tls, people=v["prometheus_basic_auth_users"])
    return Component(
        **shared.settings(v),
        files=configuration(v),
        secrets={**secret_files(v["prometheus_secrets"], "prometheus_secrets"), **web},
        root_only=["secrets/web_password"] if login else [],
        flags=_flags(v, listen, web_yml=tls or login),
        restart_on=["tls"] if tls else [],
        tls=tls,
        listens={"prometheus_listen_address": v["prometheus_listen_address"]},
        secured=tls and login,
        asks_password=login,
        program={
            "method": v["prometheus_install_method"],
            "version": v["prometheus_version"],
            "oldest": "2.42",
            "package": "prometheus",
            "links": {"prometheus": "/usr/bin/prometheus", "promtool": "/usr/bin/promtool"},
        },
        archive=shared.archive(v),
        origins=ORIGINS,
        checks=_checks(listen, tls),
        notes=_notes(v),
        parts={
            "scrape": {"sections": {"prometheus.yml": ["scrape_configs"]}, "secrets": True},
            "rules": {"files": ["rules/", "rule_tests/"], "sections": {"prometheus.yml": ["rule_files"]}},
        },
        health_check={
            "ready_url": f"{url}/-/ready",
            "metrics_url": f"{url}/metrics",
            "success_metric": "prometheus_config_last_reload_successful",
            "time_metric": "prometheus_config_last_reload_success_timestamp_seconds",
            "access": shared.access(v, tls, login),
            "timeout": v["prometheus_health_timeout"],
        },
    )


def configuration(v: Variables) -> dict[str, str]:
    """Text by path below etc/."""
    return config.files(_params(v))


def _params(v: Variables) -> dict[str, Any]:
    login, secrets = shared.has_password(v), v["prometheus_secrets"]
    return {
        **shared.params(v, config.PARAMETERS),
        "env": v["aether_env"],
        "host": v.host,
        "hosts": v.targets,
        "scrape_jobs_builtin": BUILTIN_JOBS,
        "rule_groups_builtin": [group for name in RULE_GROUPS for group in _shipped("rules", name)["groups"]],
        "rule_tests_builtin": _shipped_tests(),
        # Jobs name the state of their secrets, among them the password that the others are derived from.
        "secrets": {**secrets, "web_password": v["aether_web_password"]} if login else secrets,
        "web_user": v["aether_web_user"] if login else "",
    }


@cache
def _shipped_tests() -> list[Any]:
    return [_shipped("rule_tests", name) for name in RULE_GROUPS]


def _notes(v: Variables) -> list[str]:
    overrides = v["prometheus_alert_overrides"]
    overridden = rule_tests.skipped(_shipped_tests(), overrides) if overrides else []
    if not overridden:
        return []
    return [
        f"prometheus_alert_overrides changes {', '.join(overridden)}, whose shipped tests are skipped: put tests of "
        "your own into prometheus_rule_tests."
    ]


def _shipped(folder: str, name: str) -> Any:
    return parse((ROLES / "prometheus" / "files" / folder / f"aetherlink-{name}.yml").read_text())


def _flags(v: Variables, listen: str, *, web_yml: bool) -> str:
    duration_ms(v["prometheus_retention_time"], "prometheus_retention_time")
    own = {
        "config.file": shared.etc(v, "prometheus.yml"),
        "storage.tsdb.path": "/var/lib/aetherlink/prometheus",
        "storage.tsdb.retention.time": v["prometheus_retention_time"],
        "web.listen-address": listen,
        "web.config.file": shared.etc(v, "web.yml") if web_yml else None,
    }
    return flags_text(own, v["prometheus_flags"], variable="prometheus_flags")


def _checks(listen: str, tls: bool) -> list[dict[str, Any]]:
    return [
        {"name": "its port", "listen": {"prometheus_port": listen}},
        {
            "name": "prometheus",
            "argv": ["{bin}/prometheus", "flags:", "--version"],
            "fix": "correct prometheus_flags",
        },
        {"name": "promtool check config", "argv": ["{bin}/promtool", "check", "config", "{etc}/prometheus.yml"]},
        {
            "name": "promtool check web-config",
            "argv": ["{bin}/promtool", "check", "web-config", "glob:{etc}/web.yml"],
            "needs": certificate_file("prometheus") if tls else "",
            "fix": "correct aether_tls_files, or let the collection's own authority make the certificate",
        },
        {
            "name": "promtool test rules",
            "argv": ["{bin}/promtool", "test", "rules", "glob:{etc}/rule_tests/*.yml"],
            "of": ["rules", "rule_tests"],
            "fix": "correct the rule, or its test in prometheus_rule_tests",
        },
    ]
