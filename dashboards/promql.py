# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of PromQL that the dashboards share. Every result keeps the label env."""

from __future__ import annotations

ENV = 'env=~"$env"'
SERVICE = 'env=~"$env", service=~"$service"'
COMMAND_CENTER = f'job="aetherlink-command-center", {ENV}'
PROMETHEUS = f'job="prometheus", {ENV}'
ALERTMANAGER = f'job="alertmanager", {ENV}'

# Watchdog always fires, to prove the alert path: it is no trouble.
TROUBLE = f'alertname!="Watchdog", {SERVICE}'


def or_none(expression: str, among: str = ENV) -> str:
    """0 for each environment with targets (among: which) that the expression says nothing of."""
    return f"{expression} or on (env) 0 * sum by (env) (up{{{among}}})"


def or_row(expression: str, label: str, text: str) -> str:
    """The same for a table: a row with 0 that says so in words, since an empty table says nothing."""
    return f'{expression} or on (env) label_replace(0 * sum by (env) (up{{{ENV}}}), "{label}", "{text}", "", "")'


def or_unknown(expression: str, value: int) -> str:
    """This value for each environment whose Command Center tells nothing: what is unknown is not well."""
    return f"{expression} or on (env) 0 * min by (env) (up{{{COMMAND_CENTER}}}) + {value}"


def service_state() -> str:
    """By service: 0 well, 1 stale, 2 down, 3 down and stale; 4 where Command Center itself tells nothing."""
    down = f"2 * (1 - min by (env, service) (aether_service_up{{{SERVICE}}}))"
    stale = f"max by (env, service) (aether_service_stale{{{SERVICE}}})"
    unknown = f"0 * min by (env) (up{{{COMMAND_CENTER}}}) + 4"
    return f'{down} + {stale} or on (env) label_replace({unknown}, "service", "every service", "", "")'


def alert_age(state: str, labels: str) -> str:
    """Seconds since the condition of each alert of that state (a regular expression) began to hold."""
    since = f"time() - ALERTS_FOR_STATE{{{TROUBLE}}}"
    return f'max by ({labels}) ({since} and ignoring (alertstate) ALERTS{{alertstate=~"{state}", {TROUBLE}}})'
