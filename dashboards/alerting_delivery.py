# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerting & Delivery: what fires, and do people get to know?"""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

from . import links, looks
from .board import Board
from .layout import Section
from .panels import About, Query, bars, lines, rows, tiles
from .promql import ALERTMANAGER, ENV, PROMETHEUS, TROUBLE, alert_age, or_none, or_row

# Alertmanager counts by integration (slack, email...), and by receiver where that feature is switched on.
CHANNEL = "env, integration, receiver_name"
CHANNEL_NAME = "{{receiver_name}} {{integration}} ({{env}})"


def board() -> Board:
    return Board(
        uid=links.ALERTING_DELIVERY,
        question="What fires, what is about to, and do the notifications arrive?",
        since="6h",
        sections=[
            Section("", [firing(), pending(), path(), failing(), silenced(), alerts()]),
            Section("Alerts over time", [firing_over_time(), in_alertmanager()]),
            Section("From Prometheus to Alertmanager", [sent(), queue()]),
            Section("From Alertmanager to people", [notifications(), failures(), latency(), requests()]),
            Section("Silences", [silences(), suppressed()]),
        ],
    )


def firing() -> model.Panel:
    return tiles(
        About(
            title="Firing",
            description="Alerts that fire now, without Watchdog, which always does.",
            width=5,
            height=4,
            unit="suffix:FIRING",
            steps=looks.bad_from(1),
            texts={"0": ("NONE", looks.GOOD)},
        ),
        Query(or_none(f'count by (env) (ALERTS{{alertstate="firing", {TROUBLE}}})'), "{{env}}"),
    )


def pending() -> model.Panel:
    return tiles(
        About(
            title="Pending",
            description="Alerts whose condition holds, but not for as long yet as it takes to fire.",
            width=5,
            height=4,
            unit="suffix:PENDING",
            steps=looks.warn_from(1),
            texts={"0": ("NONE", looks.GOOD)},
        ),
        Query(or_none(f'count by (env) (ALERTS{{alertstate="pending", {TROUBLE}}})'), "{{env}}"),
    )


def path() -> model.Panel:
    watchdog = f'max by (env) (ALERTS{{alertname="Watchdog", alertstate="firing", {ENV}}})'
    return tiles(
        About(
            title="Watchdog",
            description="Fires as long as Prometheus evaluates its rules. SILENT: no alert can come, whatever happens.",
            width=4,
            height=4,
            steps=looks.bad_below(1),
            texts={"0": ("SILENT", looks.BAD), "1": ("FIRES", looks.GOOD)},
            runbook="Watchdog",
        ),
        Query(or_none(watchdog, among=PROMETHEUS), "{{env}}"),
    )


def failing() -> model.Panel:
    return tiles(
        About(
            title="Notifications that failed",
            description="Of those that Alertmanager tried in this time range.",
            width=5,
            height=4,
            unit="suffix:FAILED",
            decimals=0,
            steps=looks.bad_from(1),
            texts={"0": ("NONE", looks.GOOD)},
            runbook="AlertmanagerFailedToSendAlerts",
        ),
        Query(
            f"round(sum by (env) (increase(alertmanager_notifications_failed_total{{{ALERTMANAGER}}}[$__range])))",
            "{{env}}",
        ),
    )


def silenced() -> model.Panel:
    return tiles(
        About(
            title="Active silences",
            description="While one is active, the alerts that it matches tell nobody.",
            width=5,
            height=4,
            unit="suffix:ACTIVE",
            steps=looks.warn_from(1),
            texts={"0": ("NONE", looks.GOOD)},
        ),
        Query(f'max by (env) (alertmanager_silences{{state="active", {ALERTMANAGER}}})', "{{env}}"),
    )


def alerts() -> model.Panel:
    labels = "env, severity, alertname, service, instance"
    firing = f'max by ({labels}) (ALERTS{{alertstate="firing", {TROUBLE}}})'
    pending = f'max by ({labels}) (2 * ALERTS{{alertstate="pending", {TROUBLE}}})'
    return rows(
        About(
            title="Alerts, the oldest first",
            description="What fires or is pending, how bad, of which service and host, and since when it is so.",
            width=24,
            height=9,
            link=links.OF_ROW,
        ),
        Query(
            or_row(f"{firing} or {pending}", "alertname", "none"),
            "state",
            texts={"0": ("NONE", looks.GOOD), "1": ("FIRING", looks.BAD), "2": ("PENDING", looks.WARN)},
            steps=((None, looks.GOOD), (1, looks.BAD), (2, looks.WARN)),
        ),
        Query(or_row(alert_age("firing|pending", labels), "alertname", "none"), "for", unit="dtdurations"),
        labels=tuple(labels.split(", ")),
        first="for",
    )


def firing_over_time() -> model.Panel:
    count = f'count by (env, alertname) (ALERTS{{alertstate="firing", {TROUBLE}}})'
    none = or_row(count, "alertname", "none fires")
    return lines(
        About(
            title="Firing alerts by name",
            description="How many alerts of each name fired at a time.",
            width=12,
            height=8,
            unit="short",
            decimals=0,
            span=(0, None),
        ),
        Query(none, "{{alertname}} ({{env}})"),
        values=("lastNotNull", "max"),
        stacked=True,
    )


def in_alertmanager() -> model.Panel:
    return lines(
        About(
            title="Alerts that Alertmanager has",
            description="Active ones are told, suppressed ones are silenced or inhibited. Watchdog is an active one.",
            width=12,
            height=8,
            unit="short",
            decimals=0,
            span=(0, None),
        ),
        Query(f"max by (env, state) (alertmanager_alerts{{{ALERTMANAGER}}})", "{{state}} ({{env}})"),
        values=("lastNotNull", "max"),
    )


def sent() -> model.Panel:
    labels = "env, alertmanager"
    rate = f"sum by ({labels}) (rate(prometheus_notifications_sent_total{{{PROMETHEUS}}}[$__rate_interval]))"
    # Prometheus counts errors from the first one on.
    errors = f"sum by ({labels}) (rate(prometheus_notifications_errors_total{{{PROMETHEUS}}}[$__rate_interval]))"
    dropped = f"sum by (env, instance) (rate(prometheus_notifications_dropped_total{{{PROMETHEUS}}}[$__rate_interval]))"
    return lines(
        About(
            title="Alerts that Prometheus sends",
            description="Alerts each second to each Alertmanager, the errors in sending them, and those given up.",
            width=12,
            height=8,
            unit="mps",
            span=(0, None),
            runbook="PrometheusErrorSendingAlertsToSomeAlertmanagers",
        ),
        Query(rate, "sent to {{alertmanager}} ({{env}})"),
        Query(f"{errors} or 0 * {rate}", "errors at {{alertmanager}} ({{env}})"),
        Query(dropped, "dropped by {{instance}} ({{env}})"),
        values=("lastNotNull", "max"),
    )


def queue() -> model.Panel:
    length = f"sum by (env, instance) (prometheus_notifications_queue_length{{{PROMETHEUS}}})"
    capacity = f"sum by (env, instance) (prometheus_notifications_queue_capacity{{{PROMETHEUS}}})"
    return lines(
        About(
            title="Queue of alerts to send",
            description="How full Prometheus' queue is. At 100 % alerts are dropped: they never reach Alertmanager.",
            width=12,
            height=8,
            unit="percentunit",
            span=(0, 1),
            steps=looks.bad_from(0.8),
            runbook="PrometheusNotificationQueueRunningFull",
        ),
        Query(f"{length} / {capacity}", "{{instance}} ({{env}})"),
        values=("lastNotNull", "max"),
    )


def notifications() -> model.Panel:
    return lines(
        About(
            title="Notifications",
            description="Notifications each second by the channels that were ever used.",
            width=12,
            height=8,
            unit="mps",
            span=(0, None),
        ),
        Query(_of_used("alertmanager_notifications_total"), CHANNEL_NAME),
        values=("lastNotNull", "max"),
    )


def failures() -> model.Panel:
    return lines(
        About(
            title="Failed notifications",
            description="Notifications each second that were not delivered, by the channels that were ever used.",
            width=12,
            height=8,
            unit="mps",
            span=(0, None),
            steps=looks.warn_from(0.0001),
            runbook="AlertmanagerFailedToSendAlerts",
        ),
        Query(_of_used("alertmanager_notifications_failed_total"), CHANNEL_NAME),
        values=("lastNotNull", "max"),
    )


def latency() -> model.Panel:
    metric = "alertmanager_notification_latency_seconds"
    took = f"sum by (env, integration) (increase({metric}_sum{{{ALERTMANAGER}}}[$__range]))"
    number = f"sum by (env, integration) (increase({metric}_count{{{ALERTMANAGER}}}[$__range]))"
    return bars(
        About(
            title="Time to deliver a notification",
            description="The average of this time range by channel.",
            width=12,
            height=8,
            unit="s",
            span=(0, None),
            steps=looks.bad_from(10, warn=2),
        ),
        Query(_or_unused(f"{took} / ({number} > 0)", number), "{{integration}} ({{env}})"),
    )


def requests() -> model.Panel:
    return lines(
        About(
            title="Failed requests",
            description="Requests to Slack, PagerDuty, a mail server... that failed. Alertmanager repeats them, so a "
            "notification may arrive in spite of some.",
            width=12,
            height=8,
            unit="reqps",
            span=(0, None),
            steps=looks.warn_from(0.0001),
            runbook="AlertmanagerFailedToSendAlerts",
        ),
        Query(_of_used("alertmanager_notification_requests_failed_total"), CHANNEL_NAME),
        values=("lastNotNull", "max"),
    )


def silences() -> model.Panel:
    return lines(
        About(
            title="Silences by state",
            description="Active ones silence now, pending ones later, expired ones are kept for a while.",
            width=12,
            height=7,
            unit="short",
            decimals=0,
            span=(0, None),
        ),
        Query(f"max by (env, state) (alertmanager_silences{{{ALERTMANAGER}}})", "{{state}} ({{env}})"),
        values=("lastNotNull", "max"),
    )


def suppressed() -> model.Panel:
    return lines(
        About(
            title="Alerts that tell nobody",
            description="Silenced or inhibited alerts. Of a fleet whose numbers look well, look here too.",
            width=12,
            height=7,
            unit="short",
            decimals=0,
            span=(0, None),
            steps=looks.warn_from(1),
        ),
        Query(f'max by (env) (alertmanager_alerts{{state="suppressed", {ALERTMANAGER}}})', "{{env}}"),
        values=("lastNotNull", "max"),
    )


def _of_used(metric: str) -> str:
    """The rate of the channels that were ever used, of about twelve that Alertmanager counts."""
    rate = f"sum by ({CHANNEL}) (rate({metric}{{{ALERTMANAGER}}}[$__rate_interval]))"
    used = f"(sum by (env, integration) (alertmanager_notifications_total{{{ALERTMANAGER}}}) > 0)"
    return _or_unused(f"{rate} and on (env, integration) {used}", rate)


def _or_unused(expression: str, counted: str) -> str:
    """0 for each environment whose Alertmanager counts, but has told nobody yet."""
    none = f'label_replace(0 * sum by (env) ({counted}), "integration", "none used yet", "", "")'
    return f"{expression} or on (env) {none}"
