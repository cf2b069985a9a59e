# SPDX-License-Identifier: GPL-3.0-or-later
"""Monitoring Health: can what the other dashboards show be believed?"""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

from . import links, looks
from .board import Board
from .layout import Section
from .panels import About, Query, bars, lines, rows, tiles, timeline
from .promql import ALERTMANAGER, COMMAND_CENTER, ENV, PROMETHEUS, SERVICE

OURS = f'job=~"prometheus|alertmanager", {ENV}'
HOST = "{{instance}} ({{env}})"


def board() -> Board:
    return Board(
        uid=links.MONITORING_HEALTH,
        question="Do Prometheus, Alertmanager and Command Center work, so that what is shown can be believed?",
        since="3h",
        sections=[
            Section("", [command_center(), prometheus(), alertmanager(), configuration(), targets(), versions()]),
            Section("Targets", [targets_over_time(), slowest_scrapes(), samples()]),
            Section("Inside Prometheus", [rules(), rule_failures(), series(), disk(), requests(), samples_refused()]),
            Section("Inside Alertmanager", [alerts_received(), members()]),
            Section("Inside Command Center", [asks(), page(), own_faults()]),
            Section("Processes", [memory(), processor(), uptime(), files()]),
        ],
    )


def command_center() -> model.Panel:
    return _up("Command Center", COMMAND_CENTER, "AetherlinkCommandCenterDown", "nothing is known of the verticals")


def prometheus() -> model.Panel:
    return _up("Prometheus", PROMETHEUS, "TargetDown", "nothing new is known at all")


def alertmanager() -> model.Panel:
    return _up("Alertmanager", ALERTMANAGER, "AlertmanagerClusterDown", "nobody is told of alerts")


def _up(name: str, selector: str, runbook: str, meaning: str) -> model.Panel:
    return tiles(
        About(
            title=name,
            description=f"Whether Prometheus can scrape {name}. While it is DOWN, {meaning}.",
            width=6,
            height=4,
            steps=looks.bad_below(1),
            texts=looks.UP_OR_DOWN,
            runbook=runbook,
        ),
        Query(f"min by (env, instance) (up{{{selector}}})", HOST),
    )


def configuration() -> model.Panel:
    return tiles(
        About(
            title="Configuration",
            description="REFUSED: it could not load what it was given last, and runs with what it had before.",
            width=6,
            height=4,
            steps=looks.bad_below(1),
            texts={"0": ("REFUSED", looks.BAD), "1": ("LOADED", looks.GOOD)},
            runbook="PrometheusBadConfig",
        ),
        Query(
            f"min by (env, instance) (prometheus_config_last_reload_successful{{{PROMETHEUS}}})",
            "Prometheus {{instance}} ({{env}})",
        ),
        Query(
            f"min by (env, instance) (alertmanager_config_last_reload_successful{{{ALERTMANAGER}}})",
            "Alertmanager {{instance}} ({{env}})",
        ),
    )


def targets() -> model.Panel:
    down = f"1 - min by (env, job, instance) (up{{{ENV}}})"
    return rows(
        About(
            title="Targets, the worst first",
            description="Every target of Prometheus: does it answer, and how long does a scrape take?",
            width=12,
            height=8,
            runbook="TargetDown",
        ),
        Query(
            down,
            "state",
            steps=looks.bad_from(1),
            texts={"0": ("UP", looks.GOOD), "1": ("DOWN", looks.BAD)},
        ),
        Query(
            f"max by (env, job, instance) (scrape_duration_seconds{{{ENV}}})",
            "scrape",
            unit="s",
            steps=looks.bad_from(10, warn=5),
        ),
        labels=("env", "job", "instance"),
        first="state",
    )


def versions() -> model.Panel:
    labels = "env, job, instance"
    build = f"prometheus_build_info{{{PROMETHEUS}}} or alertmanager_build_info{{{ALERTMANAGER}}}"
    stamp = "config_last_reload_success_timestamp_seconds"
    loaded = f"prometheus_{stamp}{{{PROMETHEUS}}} or alertmanager_{stamp}{{{ALERTMANAGER}}}"
    return rows(
        About(
            title="Versions and configurations",
            description="What runs where, and when each last took on a configuration.",
            width=12,
            height=8,
            runbook="AlertmanagerConfigInconsistent",
        ),
        Query(f"max by ({labels}, version) ({build})", "runs", texts={"1": ("YES", looks.GOOD)}),
        Query(f"max by ({labels}) ({loaded}) * 1000", "configuration loaded", unit="dateTimeFromNow"),
        labels=("env", "job", "instance", "version"),
        first="configuration loaded",
        hidden=("runs",),
    )


def targets_over_time() -> model.Panel:
    return timeline(
        About(
            title="Targets over time",
            description="When each target answered Prometheus.",
            width=24,
            height=7,
            steps=looks.bad_below(1),
            texts=looks.UP_OR_DOWN,
            runbook="TargetDown",
        ),
        Query(f"min by (env, job, instance) (up{{{ENV}}})", "{{job}} {{instance}} ({{env}})"),
    )


def slowest_scrapes() -> model.Panel:
    slowest = f"topk by (env) (10, max by (env, job, instance) (scrape_duration_seconds{{{ENV}}}))"
    return bars(
        About(
            title="Slowest scrapes",
            description="How long the last scrape took, the ten highest of each environment. It may take 10 s.",
            width=12,
            height=7,
            unit="s",
            span=(0, None),
            steps=looks.bad_from(10, warn=5),
            runbook="TargetDown",
        ),
        Query(f"sort_desc({slowest})", "{{job}} {{instance}} ({{env}})"),
    )


def samples() -> model.Panel:
    return lines(
        About(
            title="Samples taken in",
            description="Samples that Prometheus stores each second.",
            width=12,
            height=7,
            unit="ops",
            span=(0, None),
            runbook="PrometheusNotIngestingSamples",
        ),
        Query(_rate("prometheus_tsdb_head_samples_appended_total", PROMETHEUS), HOST),
        values=("lastNotNull", "min"),
    )


def rules() -> model.Panel:
    duration = f"prometheus_rule_group_last_duration_seconds{{{PROMETHEUS}}}"
    interval = f"prometheus_rule_group_interval_seconds{{{PROMETHEUS}}}"
    return lines(
        About(
            title="Time that rules take",
            description="Of the slowest rule group, as a share of its interval. Above 100 % evaluations are left out.",
            width=12,
            height=7,
            unit="percentunit",
            span=(0, None),
            steps=looks.bad_from(1, warn=0.8),
            runbook="PrometheusMissingRuleEvaluations",
        ),
        Query(f"max by (env, instance) ({duration} / {interval})", HOST),
        values=("lastNotNull", "max"),
    )


def rule_failures() -> model.Panel:
    return lines(
        About(
            title="Rules that fail or are left out",
            description="Evaluations each second that failed, and that came too late.",
            width=12,
            height=7,
            unit="cps",
            span=(0, None),
            steps=looks.warn_from(0.0001),
            runbook="PrometheusRuleFailures",
        ),
        Query(_rate("prometheus_rule_evaluation_failures_total", PROMETHEUS), f"failed, {HOST}"),
        Query(_rate("prometheus_rule_group_iterations_missed_total", PROMETHEUS), f"left out, {HOST}"),
        values=("lastNotNull", "max"),
    )


def series() -> model.Panel:
    return lines(
        About(
            title="Series in memory",
            description="Of Prometheus. A jump: somebody began to expose many more, or labels with ever new values.",
            width=12,
            height=7,
            unit="short",
            span=(0, None),
            runbook="PrometheusLabelLimitHit",
        ),
        Query(f"max by (env, instance) (prometheus_tsdb_head_series{{{PROMETHEUS}}})", HOST),
        values=("lastNotNull", "max"),
    )


def disk() -> model.Panel:
    blocks = f"prometheus_tsdb_storage_blocks_bytes{{{PROMETHEUS}}}"
    return lines(
        About(
            title="Size of the blocks on disk",
            description="What Prometheus has stored, without the last hours; 0 before the first block is written.",
            width=12,
            height=7,
            unit="bytes",
            span=(0, None),
            runbook="PrometheusTSDBCompactionsFailing",
        ),
        Query(f"max by (env, instance) ({blocks})", HOST),
        values=("lastNotNull", "diff"),
    )


def requests() -> model.Panel:
    buckets = _rate("prometheus_http_request_duration_seconds_bucket", PROMETHEUS, "env, instance, le")
    return lines(
        About(
            title="Time that Prometheus takes to answer",
            description="What 95 of 100 requests stay below, of people, dashboards and scrapes.",
            width=12,
            height=7,
            unit="s",
            span=(0, None),
            steps=looks.bad_from(10, warn=2),
        ),
        Query(f"histogram_quantile(0.95, {buckets})", HOST),
        values=("lastNotNull", "max"),
    )


def samples_refused() -> model.Panel:
    return lines(
        About(
            title="Samples that Prometheus drops",
            description="Samples each second that came out of order, or twice with different values.",
            width=12,
            height=7,
            unit="cps",
            span=(0, None),
            steps=looks.warn_from(0.0001),
            runbook="PrometheusOutOfOrderTimestamps",
        ),
        Query(_rate("prometheus_target_scrapes_sample_out_of_order_total", PROMETHEUS), f"out of order, {HOST}"),
        Query(_rate("prometheus_target_scrapes_sample_duplicate_timestamp_total", PROMETHEUS), f"twice, {HOST}"),
        values=("lastNotNull", "max"),
    )


def alerts_received() -> model.Panel:
    return lines(
        About(
            title="Alerts that come in",
            description="Alerts each second that Prometheus tells of: each one again and again while it fires.",
            width=12,
            height=7,
            unit="mps",
            span=(0, None),
            runbook="PrometheusNotConnectedToAlertmanagers",
        ),
        Query(
            _rate("alertmanager_alerts_received_total", ALERTMANAGER, "env, instance, status"),
            "{{status}}, {{instance}} ({{env}})",
        ),
        values=("lastNotNull", "max"),
    )


def members() -> model.Panel:
    known = f"max by (env, instance) (alertmanager_cluster_members{{{ALERTMANAGER}}})"
    alone = f"max by (env, instance) (up{{{ALERTMANAGER}}})"
    return lines(
        About(
            title="Members of the cluster",
            description="How many Alertmanagers each one sees, itself included: 1 where it stands alone.",
            width=12,
            height=7,
            unit="short",
            decimals=0,
            span=(0, None),
            runbook="AlertmanagerMembersInconsistent",
        ),
        Query(f"{known} or {alone}", HOST),
        values=("lastNotNull", "min"),
    )


def asks() -> model.Panel:
    return lines(
        About(
            title="Asks of verticals",
            description="Asks each second that ended, good or not. It falls when Command Center does not get round.",
            width=8,
            height=7,
            unit="ops",
            span=(0, None),
            runbook="AetherlinkCommandCenterDown",
        ),
        Query(
            f"sum by (env) (rate(aether_verticals_scrape_duration_seconds_count{{{SERVICE}}}[$__rate_interval]))",
            "{{env}}",
        ),
        values=("lastNotNull", "min"),
    )


def page() -> model.Panel:
    return lines(
        About(
            title="Scrape of Command Center",
            description="How long Prometheus takes to read its metrics. It is given up after 10 s.",
            width=8,
            height=7,
            unit="s",
            span=(0, None),
            steps=looks.bad_from(10, warn=5),
            runbook="AetherlinkCommandCenterDown",
        ),
        Query(f"max by (env, instance) (scrape_duration_seconds{{{COMMAND_CENTER}}})", HOST),
        values=("lastNotNull", "max"),
    )


def own_faults() -> model.Panel:
    faults = f'aether_verticals_scrape_errors_total{{reason="internal", {SERVICE}}}'
    return lines(
        About(
            title="Command Center's own faults",
            description="Asks each second that failed by a fault of Command Center's own; its log has the details.",
            width=8,
            height=7,
            unit="cps",
            span=(0, None),
            steps=looks.warn_from(0.0001),
            runbook="AetherlinkVerticalScrapeErrors",
        ),
        Query(f"sum by (env) (rate({faults}[$__rate_interval]))", "{{env}}"),
        values=("lastNotNull", "max"),
    )


def memory() -> model.Panel:
    return lines(
        About(
            title="Memory",
            description="What the processes of Prometheus and Alertmanager hold.",
            width=12,
            height=7,
            unit="bytes",
            span=(0, None),
        ),
        Query(
            f"max by (env, job, instance) (process_resident_memory_bytes{{{OURS}}})", "{{job}} {{instance}} ({{env}})"
        ),
        values=("lastNotNull", "max"),
    )


def processor() -> model.Panel:
    return lines(
        About(
            title="Processors",
            description="How many processors they keep busy: 1 is one whole.",
            width=12,
            height=7,
            unit="none",
            decimals=3,
            span=(0, None),
        ),
        Query(_rate("process_cpu_seconds_total", OURS, "env, job, instance"), "{{job}} {{instance}} ({{env}})"),
        values=("lastNotNull", "max"),
    )


def uptime() -> model.Panel:
    return lines(
        About(
            title="Time since the start",
            description="Of each process. It falls to 0 at a restart.",
            width=12,
            height=7,
            unit="s",
            span=(0, None),
            runbook="AlertmanagerClusterCrashlooping",
        ),
        Query(
            f"time() - max by (env, job, instance) (process_start_time_seconds{{{OURS}}})",
            "{{job}} {{instance}} ({{env}})",
        ),
        values=("lastNotNull",),
    )


def files() -> model.Panel:
    used = f"max by (env, job, instance) (process_open_fds{{{OURS}}})"
    allowed = f"max by (env, job, instance) (process_max_fds{{{OURS}}})"
    return lines(
        About(
            title="Open files",
            description="As a share of what the process may open. At 100 % it takes no more connections.",
            width=12,
            height=7,
            unit="percentunit",
            span=(0, 1),
            steps=looks.bad_from(0.8),
        ),
        Query(f"{used} / {allowed}", "{{job}} {{instance}} ({{env}})"),
        values=("lastNotNull", "max"),
    )


def _rate(metric: str, selector: str, labels: str = "env, instance") -> str:
    return f"sum by ({labels}) (rate({metric}{{{selector}}}[$__rate_interval]))"
