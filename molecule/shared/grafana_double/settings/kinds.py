# SPDX-License-Identifier: GPL-3.0-or-later
"""What a setting may be. Its default tells, but where that is empty or one of few: there, tables do."""

from __future__ import annotations

import re

# Sections whose keys are the operator's own.
FREE = ("server.custom_response_headers", "metrics.environment_info", "smtp.static_headers", "feature_toggles",
        "unified_alerting.state_history.external_labels", "navigation.app_sections",
        "navigation.app_standalone_pages", "recording_rules.custom_headers", "security.actions")  # fmt: skip
FREE_PREFIX = "plugin."  # a section for each plugin

BOOL, INT, FLOAT, DURATION, TEXT = "true or false", "a whole number", "a number", "a duration such as 30s", "text"
GO_DURATION = "a duration such as 30s or 1h30m, without days"
_EMPTY = {
    "server.certs_watch_interval": GO_DURATION,
    "database.max_open_conn": INT,
    "database.log_queries": BOOL,
    "service_accounts.token_expiration_day_limit": INT,
    "auth.login_maximum_inactive_lifetime_duration": DURATION,
    "auth.login_maximum_lifetime_duration": DURATION,
    "annotations.dashboard.max_age": DURATION,
    "annotations.dashboard.max_annotations_to_keep": INT,
    "annotations.api.max_age": DURATION,
    "annotations.api.max_annotations_to_keep": INT,
    "unified_alerting.alertmanager_max_silences_count": INT,
    "remote_cache.encryption": BOOL,
    "query.concurrent_query_limit": INT,
    "tracing.jaeger.sampler_param": FLOAT,
    "tracing.opentelemetry.sampler_param": FLOAT,
    "external_image_storage.s3.path_style_access": BOOL,
    "auth.anonymous.device_limit": INT,
}
_LEVELS = ("", "debug", "info", "warn", "error", "critical")
_FORMATS = ("text", "console", "json")
_ROLES = ("Viewer", "Editor", "Admin", "None")
CHOICES: dict[str, tuple[str, ...]] = {
    "app_mode": ("production", "development"),
    "server.protocol": ("http", "https", "h2", "socket", "socket_h2"),
    "server.min_tls_version": ("", "TLS1.2", "TLS1.3"),
    "database.type": ("sqlite3", "postgres", "mysql"),
    "database.ssl_mode": ("disable", "require", "verify-ca", "verify-full", "true", "false", "skip-verify"),
    "database.cache_mode": ("private", "shared"),
    "security.cookie_samesite": ("lax", "strict", "none", "disabled"),
    "users.auto_assign_org_role": _ROLES,
    "auth.anonymous.org_role": _ROLES,
    "log.level": _LEVELS[1:],
    **{f"log.{sink}.level": _LEVELS for sink in ("console", "file", "syslog")},
    **{f"log.{sink}.format": _FORMATS for sink in ("console", "file", "syslog")},
}
_PATTERNS = {
    BOOL: r"true|false",
    INT: r"-?\d+",
    FLOAT: r"-?\d+(\.\d+)?",
    DURATION: r"-?(\d+(ms|[smhdwMy]))+|0",
    GO_DURATION: r"(\d+(\.\d+)?(ms|[smh]))+|0",
}
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def kind(name: str, default: str) -> str:
    """name: section.key."""
    if name in _EMPTY:
        return _EMPTY[name]
    for one in (BOOL, INT, FLOAT, DURATION):
        if default and re.fullmatch(_PATTERNS[one], default):
            return one
    return TEXT


def seconds(duration: str) -> float:
    """Of a GO_DURATION; 0 where there is none."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)(ms|[smh])", duration))


def problem(name: str, default: str, value: str) -> str:
    """A phrase; empty where the value is as it should be. Grafana would take its default, and say nothing."""
    if name in CHOICES:
        choices = [choice for choice in CHOICES[name] if choice]
        return "" if value in CHOICES[name] else f"is none of {', '.join(choices)}"
    wanted = kind(name, default)
    if wanted == TEXT or (value == "" and (default == "" or wanted == DURATION)):
        return ""
    return "" if re.fullmatch(_PATTERNS[wanted], value) else f"is not {wanted}"
