# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertical Detail: how one service has been. With many chosen, the numbers at the top are those of the worst."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

from . import links, looks
from .board import Board
from .layout import Section
from .panels import About, Query, bars, lines, rows, tiles, timeline
from .promql import SERVICE, alert_age, or_row, service_state

ONE = "{{service}} ({{env}})"
MOST = 12  # tiles that can still be read
POINTS = 150  # of each of perhaps 200 services: Prometheus answers within a second


def board() -> Board:
    return Board(
        uid=links.VERTICAL_DETAIL,
        question="How has this service been: since when is it down, stale, slow or failing, and why?",
        since="3h",
        sections=[
            Section("", [state(), answered(), duration_now(), failed(), states()]),
            Section("Duration", [mean(), p95()]),
            Section("Asks and alerts", [failed_over_time(), reasons(), asks(), alerts()]),
        ],
    )


def state() -> model.Panel:
    return tiles(
        About(
            title="State",
            description="Down: it did not answer the last ask. Stale: its numbers are too old. "
            "Unknown: Command Center tells nothing.",
            width=6,
            height=5,
            steps=looks.STATE_STEPS,
            texts=looks.STATES,
            runbook="AetherlinkVerticalServiceDown",
        ),
        Query(f"sort_desc(topk by (env) ({MOST}, {service_state()}))", ONE),
    )


def answered() -> model.Panel:
    share = f"min by (env, service) (avg_over_time(aether_service_up{{{SERVICE}}}[$__range]))"
    return tiles(
        About(
            title="Share of time that it answered",
            description="In this time range, as far as Command Center was scraped.",
            width=6,
            height=5,
            unit="percentunit",
            decimals=2,
            steps=looks.bad_below(0.99, warn=0.999),
            runbook="AetherlinkVerticalServiceDown",
        ),
        Query(f"sort(bottomk by (env) ({MOST}, {share}))", ONE),
        background=False,
    )


def duration_now() -> model.Panel:
    mean = f"service_env:aether_verticals_scrape_duration_seconds:mean5m{{{SERVICE}}}"
    return tiles(
        About(
            title="Average time to answer",
            description="Over the last 5 minutes.",
            width=6,
            height=5,
            unit="s",
            steps=looks.bad_from(5, warn=2),
            runbook="AetherlinkVerticalScrapeSlow",
        ),
        Query(_most(mean), ONE),
        background=False,
    )


def failed() -> model.Panel:
    count = f"sum by (env, service) (increase(aether_verticals_scrape_errors_total{{{SERVICE}}}[$__range]))"
    return tiles(
        About(
            title="Failed asks",
            description="How many asks failed in this time range.",
            width=6,
            height=5,
            unit="short",
            decimals=0,
            steps=looks.warn_from(1),
            runbook="AetherlinkVerticalScrapeErrors",
        ),
        Query(_most(count), ONE),
        background=False,
    )


def states() -> model.Panel:
    return timeline(
        About(
            title="State over time",
            description="When it was down or stale. Unknown: Command Center told nothing.",
            width=24,
            height=7,
            points=POINTS,
            steps=looks.STATE_STEPS,
            texts=looks.STATES,
            runbook="AetherlinkVerticalServiceDown",
        ),
        Query(service_state(), ONE),
    )


def mean() -> model.Panel:
    return lines(
        About(
            title="Average time to answer over time",
            description="The average of the asks of 5 minutes.",
            width=12,
            height=8,
            points=POINTS,
            unit="s",
            span=(0, None),
            steps=looks.warn_from(5),
            runbook="AetherlinkVerticalScrapeSlow",
        ),
        Query(
            f"service_env:aether_verticals_scrape_duration_seconds:mean5m{{{SERVICE}}}",
            ONE,
        ),
        values=("lastNotNull", "max"),
    )


def p95() -> model.Panel:
    buckets = f"rate(aether_verticals_scrape_duration_seconds_bucket{{{SERVICE}}}[$__rate_interval])"
    return lines(
        About(
            title="Time that 95 of 100 asks stay below",
            description="From a histogram: a value lies within its bucket of 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5 or 10 s.",
            width=12,
            height=8,
            points=POINTS,
            unit="s",
            span=(0, None),
            steps=looks.warn_from(5),
            runbook="AetherlinkVerticalScrapeSlow",
        ),
        Query(f"histogram_quantile(0.95, sum by (env, service, le) ({buckets}))", ONE),
        values=("lastNotNull", "max"),
    )


def failed_over_time() -> model.Panel:
    return lines(
        About(
            title="Failed asks over time",
            description="Asks that fail each second, over 5 minutes.",
            width=12,
            height=8,
            points=POINTS,
            unit="cps",
            span=(0, None),
            steps=looks.warn_from(0.001),
            runbook="AetherlinkVerticalScrapeErrors",
        ),
        Query(f"service_env:aether_verticals_scrape_errors:rate5m{{{SERVICE}}}", ONE),
        values=("lastNotNull", "max"),
    )


def reasons() -> model.Panel:
    count = f"sum by (env, service, reason) (increase(aether_verticals_scrape_errors_total{{{SERVICE}}}[$__range]))"
    return bars(
        About(
            title="Why asks failed",
            description=f"Failed asks in this time range by cause, the {MOST} highest of each environment.",
            width=12,
            height=8,
            unit="short",
            decimals=0,
            span=(0, None),
            steps=looks.warn_from(1),
            runbook="AetherlinkVerticalScrapeErrors",
        ),
        Query(_most(count), "{{service}} ({{env}}): {{reason}}"),
    )


def asks() -> model.Panel:
    ended = f"rate(aether_verticals_scrape_duration_seconds_count{{{SERVICE}}}[$__rate_interval])"
    return lines(
        About(
            title="Asks",
            description="Asks that ended each second, good or not. It falls when Command Center does not get round.",
            width=12,
            height=8,
            points=POINTS,
            unit="ops",
            span=(0, None),
        ),
        Query(f"sum by (env, service) ({ended})", ONE),
        values=("lastNotNull", "min"),
    )


def alerts() -> model.Panel:
    age = alert_age("firing|pending", "env, service, alertname, severity")
    return rows(
        About(
            title="Alerts of the service, the oldest first",
            description="Those that fire, and those that will if it stays like this; how long the condition has held.",
            width=12,
            height=8,
        ),
        Query(or_row(age, "alertname", "none"), "for", unit="dtdurations"),
        labels=("env", "service", "alertname", "severity"),
        first="for",
    )


def _most(expression: str) -> str:
    return f"sort_desc(topk by (env) ({MOST}, {expression}))"
