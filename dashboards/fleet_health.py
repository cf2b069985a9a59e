# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertical Fleet Health: what is broken, and where? The first line says it, the second names it."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

from . import links, looks
from .board import Board
from .layout import Section
from .panels import About, Query, bars, lines, rows, tiles
from .promql import COMMAND_CENTER, ENV, SERVICE, TROUBLE, alert_age, or_none, or_row, or_unknown, service_state

TOTALS = ("contacts", "deals", "jobs", "properties", "policies", "uploads")


def board() -> Board:
    return Board(
        uid=links.FLEET_HEALTH,
        question="Is a vertical service broken, in which environment, and since when?",
        since="3h",
        sections=[
            Section("", [down(), stale(), firing(), command_center(), services(), alerts()]),
            Section("Business totals", [totals_now(), *(total(name) for name in TOTALS)]),
            Section("Reachability", [reachable(), stale_over_time()]),
            Section("Asking the verticals", [errors(), errors_by_service(), durations(), durations_by_service()]),
            Section("Attribution", [top_keys(), writes()]),
        ],
    )


def down() -> model.Panel:
    up = f"min by (env, service) (aether_service_up{{{SERVICE}}})"
    known = f"count by (env) ({up} == 0) or on (env) 0 * count by (env) ({up})"
    return tiles(
        About(
            title="Services down",
            description="Services that did not answer the last ask. UNKNOWN: Command Center itself tells nothing.",
            width=6,
            height=4,
            unit="suffix:DOWN",
            steps=looks.bad_from(1),
            texts={"0": ("ALL UP", looks.GOOD), "-1": ("UNKNOWN", looks.BAD)},
            runbook="AetherlinkVerticalServiceDown",
        ),
        Query(or_unknown(known, -1), "{{env}}"),
    )


def stale() -> model.Panel:
    count = f"sum by (env) (max by (env, service) (aether_service_stale{{{SERVICE}}}))"
    return tiles(
        About(
            title="Services with old numbers",
            description="Services whose numbers are too old. UNKNOWN: Command Center itself tells nothing.",
            width=6,
            height=4,
            unit="suffix:STALE",
            steps=looks.warn_from(1),
            texts={"0": ("ALL FRESH", looks.GOOD), "-1": ("UNKNOWN", looks.BAD)},
            runbook="AetherlinkVerticalDataStale",
        ),
        Query(or_unknown(count, -1), "{{env}}"),
    )


def firing() -> model.Panel:
    count = f'count by (env) (ALERTS{{alertstate="firing", {TROUBLE}}})'
    return tiles(
        About(
            title="Alerts that fire",
            description="Alerts that fire now, without Watchdog, which always does.",
            width=6,
            height=4,
            unit="suffix:FIRING",
            steps=looks.bad_from(1),
            texts={"0": ("NONE", looks.GOOD)},
        ),
        Query(or_none(count), "{{env}}"),
    )


def command_center() -> model.Panel:
    return tiles(
        About(
            title="Command Center",
            description="Whether Prometheus can scrape it. While it is DOWN, nothing is known of the verticals.",
            width=6,
            height=4,
            steps=looks.bad_below(1),
            texts=looks.UP_OR_DOWN,
            runbook="AetherlinkCommandCenterDown",
        ),
        Query(f"min by (env) (up{{{COMMAND_CENTER}}})", "{{env}}"),
    )


def services() -> model.Panel:
    # Summed to be rid of the metric's name, which would be a column.
    errors = f"sum by (env, service) (service_env:aether_verticals_scrape_errors:rate5m{{{SERVICE}}})"
    mean = f"max by (env, service) (service_env:aether_verticals_scrape_duration_seconds:mean5m{{{SERVICE}}})"
    return rows(
        About(
            title="Services, the worst first",
            description="State, failed asks each second and time to answer (over 5 minutes). UNKNOWN: none is known.",
            width=13,
            height=9,
            runbook="AetherlinkVerticalServiceDown",
            link=links.OF_ROW,
        ),
        Query(service_state(), "state", steps=looks.STATE_STEPS, texts=looks.STATES),
        Query(errors, "failed asks", unit="cps", steps=looks.warn_from(0.001)),
        Query(mean, "time to answer", unit="s", steps=looks.warn_from(5)),
        labels=("env", "service"),
        first="state",
    )


def alerts() -> model.Panel:
    age = alert_age("firing", "env, severity, alertname, service")
    return rows(
        About(
            title="Alerts that fire, the oldest first",
            description="What fires, how bad it is, of which service, and how long its condition has held.",
            width=11,
            height=9,
            link=links.OF_ROW,
        ),
        Query(or_row(age, "alertname", "none fires"), "for", unit="dtdurations"),
        labels=("env", "severity", "alertname", "service"),
        first="for",
    )


def totals_now() -> model.Panel:
    return tiles(
        About(
            title="Totals now",
            description="Sums over the verticals whose numbers are fresh: one that is stale drops out of its sums.",
            width=24,
            height=5,
            unit="short",
            runbook="AetherlinkPlatformActivityDrop",
        ),
        *(Query(_total(name), f"{name}, {{{{env}}}}") for name in TOTALS),
        background=False,
    )


def total(name: str) -> model.Panel:
    return lines(
        About(
            title=name.capitalize(),
            description=f"How the number of {name} moves, and by how much in this time range.",
            width=8,
            height=7,
            unit="short",
            span=(0, None),
            runbook="AetherlinkPlatformActivityDrop" if name in ("contacts", "deals", "jobs") else "",
        ),
        Query(_total(name), "{{env}}"),
        values=("lastNotNull", "diff"),
    )


def _total(name: str) -> str:
    return f"max by (env) (aether_platform_total_{name}{{{ENV}}})"


def reachable() -> model.Panel:
    return lines(
        About(
            title="Share of services that answer",
            description="Of all services that Command Center asks. A gap: Command Center was not scraped.",
            width=12,
            height=7,
            unit="percentunit",
            span=(0, 1),
            steps=looks.bad_below(0.9, warn=1),
            runbook="AetherlinkVerticalServiceDown",
        ),
        Query(f"env:aether_service_up:avg{{{ENV}}}", "{{env}}"),
        values=("lastNotNull", "min"),
    )


def stale_over_time() -> model.Panel:
    return lines(
        About(
            title="Services with old numbers over time",
            description="How many services were stale at a time.",
            width=12,
            height=7,
            unit="short",
            decimals=0,
            span=(0, None),
            steps=looks.warn_from(1),
            runbook="AetherlinkVerticalDataStale",
        ),
        Query(f"env:aether_service_stale:sum{{{ENV}}}", "{{env}}"),
        values=("lastNotNull", "max"),
    )


def errors() -> model.Panel:
    return lines(
        About(
            title="Failed asks",
            description="Asks of verticals that fail each second, all services together.",
            width=12,
            height=7,
            unit="cps",
            span=(0, None),
            steps=looks.warn_from(0.001),
            runbook="AetherlinkVerticalScrapeErrors",
        ),
        Query(f"env:aether_verticals_scrape_errors:rate5m{{{ENV}}}", "{{env}}"),
        values=("lastNotNull", "max"),
    )


def errors_by_service() -> model.Panel:
    count = f"sum by (env, service) (increase(aether_verticals_scrape_errors_total{{{SERVICE}}}[$__range]))"
    return bars(
        About(
            title="Services with the most failed asks",
            description="Failed asks in this time range, the ten highest of each environment.",
            width=12,
            height=7,
            unit="short",
            decimals=0,
            span=(0, None),
            steps=looks.warn_from(1),
            runbook="AetherlinkVerticalScrapeErrors",
            link=links.OF_SERIES,
        ),
        Query(_top(count), "{{service}} ({{env}})"),
    )


def durations() -> model.Panel:
    mean = f"avg by (env) (service_env:aether_verticals_scrape_duration_seconds:mean5m{{{SERVICE}}})"
    p95 = f"env:aether_verticals_scrape_duration_seconds:p95_5m{{{ENV}}}"
    return lines(
        About(
            title="Time to answer",
            description="Over 5 minutes: the average over the services, and what 95 of 100 asks stay below.",
            width=12,
            height=7,
            unit="s",
            span=(0, None),
            steps=looks.warn_from(5),
            runbook="AetherlinkVerticalScrapeSlow",
        ),
        Query(mean, "average, {{env}}"),
        Query(p95, "p95, {{env}}"),
        values=("lastNotNull", "max"),
    )


def durations_by_service() -> model.Panel:
    mean = f"service_env:aether_verticals_scrape_duration_seconds:mean5m{{{SERVICE}}}"
    return bars(
        About(
            title="Slowest services",
            description="Average time to answer over the last 5 minutes, the ten highest of each environment.",
            width=12,
            height=7,
            unit="s",
            span=(0, None),
            steps=looks.bad_from(5, warn=2),
            runbook="AetherlinkVerticalScrapeSlow",
            link=links.OF_SERIES,
        ),
        Query(_top(mean), "{{service}} ({{env}})"),
    )


def top_keys() -> model.Panel:
    count = f"sum by (env, key) (increase(aether_attribution_writes_total{{{ENV}}}[$__range]))"
    return bars(
        About(
            title="API keys with the most writes",
            description="Writes in this time range by the key's alias or digest, the ten highest of each environment. "
            "other: all keys without a series of their own.",
            width=12,
            height=8,
            unit="short",
            decimals=0,
            span=(0, None),
        ),
        Query(_top(count), "{{key}} ({{env}})"),
    )


def writes() -> model.Panel:
    return lines(
        About(
            title="Writes",
            description="Writes each second by all API keys together, over 5 minutes.",
            width=12,
            height=8,
            unit="wps",
            span=(0, None),
        ),
        Query(f"env:aether_attribution_writes:rate5m{{{ENV}}}", "{{env}}"),
        values=("lastNotNull", "max"),
    )


def _top(expression: str) -> str:
    return f"sort_desc(topk by (env) (10, {expression}))"
