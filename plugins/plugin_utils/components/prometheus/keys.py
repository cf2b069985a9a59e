# SPDX-License-Identifier: GPL-3.0-or-later
"""The native keys of Prometheus 2.42 to 3.5 that the prometheus_* variables take, and which of them hold secrets."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import inside
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.alerts import NEEDS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.inline_secrets import SecretRules
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    anything,
    boolean,
    count,
    duration,
    duration_or_zero,
    fields,
    file_name,
    labels,
    list_of,
    mapping,
    mapping_of,
    metric_name,
    number,
    one_of,
    path_of_url,
    port,
    regular_expression,
    sequence,
    text,
)

_DISCOVERIES = (
    "azure consul digitalocean docker dockerswarm dns ec2 eureka file gce hetzner http ionos kubernetes kuma lightsail "
    "linode marathon nerve nomad openstack ovhcloud puppetdb scaleway serverset stackit triton uyuni vultr"
)
SD_KEYS = tuple(f"{name}_sd_configs" for name in _DISCOVERIES.split())

names = list_of(text)
mappings = list_of(mapping)


_RELABEL_ACTIONS = [
    "replace",
    "keep",
    "drop",
    "keepequal",
    "dropequal",
    "hashmod",
    "labelmap",
    "labeldrop",
    "labelkeep",
    "lowercase",
    "uppercase",
]


def _action(value: Any, path: str) -> object:
    """Prometheus takes capital letters, too."""
    return one_of(*_RELABEL_ACTIONS)(value.lower() if isinstance(value, str) else value, path)


_RELABEL: dict[str, Check] = {
    "source_labels": names,
    "separator": anything,
    "target_label": text,
    "regex": regular_expression,
    "modulus": count,
    "replacement": anything,
    "action": _action,
}
relabelling = list_of(lambda value, path: fields(value, path, _RELABEL))

_STATIC_CONFIG: dict[str, Check] = {"targets": names, "labels": labels}


def _static_config(value: Any, path: str) -> object:
    return fields(value, path, _STATIC_CONFIG, required=["targets"])


_HTTP_CLIENT: dict[str, Check] = {
    "basic_auth": mapping,
    "authorization": mapping,
    "oauth2": mapping,
    "bearer_token": text,
    "bearer_token_file": text,
    "follow_redirects": boolean,
    "enable_http2": boolean,
    "tls_config": mapping,
    "proxy_url": text,
    "no_proxy": text,
    "proxy_from_environment": boolean,
    "proxy_connect_header": mapping,
    "http_headers": mapping,
}

_TARGET_SOURCES: dict[str, Check] = {
    "groups": names,
    "port": port,
    "static_configs": list_of(_static_config),
    **{key: mappings for key in SD_KEYS},
}

_LIMITS: dict[str, Check] = {
    "body_size_limit": anything,
    "sample_limit": count,
    "label_limit": count,
    "label_name_length_limit": count,
    "label_value_length_limit": count,
    "target_limit": count,
    "keep_dropped_targets": count,
    "scrape_protocols": names,
    "metric_name_validation_scheme": one_of("legacy", "utf8"),
    "metric_name_escaping_scheme": text,
    "always_scrape_classic_histograms": boolean,
    "convert_classic_histograms_to_nhcb": boolean,
    "scrape_failure_log_file": text,
}
"""Native keys that a job and the global section share."""

SCRAPE_JOB: dict[str, Check] = {
    "job_name": text,
    "scrape_interval": duration,
    "scrape_timeout": duration,
    "metrics_path": path_of_url,
    "scheme": one_of("http", "https"),
    "params": mapping_of(names),
    "honor_labels": boolean,
    "honor_timestamps": boolean,
    "track_timestamps_staleness": boolean,
    "enable_compression": boolean,
    "fallback_scrape_protocol": text,
    "scrape_classic_histograms": boolean,
    "native_histogram_bucket_limit": count,
    "native_histogram_min_bucket_factor": number,
    "relabel_configs": relabelling,
    "metric_relabel_configs": relabelling,
    **_LIMITS,
    **_HTTP_CLIENT,
    **_TARGET_SOURCES,
}

ALERTMANAGER: dict[str, Check] = {
    "scheme": one_of("http", "https"),
    "path_prefix": path_of_url,
    "timeout": duration,
    "api_version": one_of("v2"),
    "sigv4": mapping,
    "relabel_configs": relabelling,
    "alert_relabel_configs": relabelling,
    **_HTTP_CLIENT,
    **_TARGET_SOURCES,
}

REMOTE_WRITE: dict[str, Check] = {
    "url": text,
    "name": text,
    "remote_timeout": duration,
    "headers": mapping_of(text),
    "write_relabel_configs": relabelling,
    "send_exemplars": boolean,
    "send_native_histograms": boolean,
    "round_robin_dns": boolean,
    "protobuf_message": text,
    "sigv4": mapping,
    "azuread": mapping,
    "google_iam": mapping,
    "queue_config": mapping,
    "metadata_config": mapping,
    **_HTTP_CLIENT,
}

GLOBAL: dict[str, Check] = {"rule_query_offset": duration_or_zero, "query_log_file": text, **_LIMITS}
EXTRA_CONFIG: dict[str, Check] = {
    "remote_read": mappings,
    "storage": mapping,
    "tracing": mapping,
    "otlp": mapping,
    "runtime": mapping,
}


_RULE: dict[str, Check] = {
    "alert": text,
    "record": metric_name,
    "expr": text,
    "threshold": number,
    "needs": one_of(*NEEDS),
    "for": duration_or_zero,
    "keep_firing_for": duration_or_zero,
    "labels": labels,
    "annotations": labels,
}


def _rule(value: Any, path: str) -> dict[str, Any]:
    rule = fields(value, path, _RULE, required=["expr"])
    if ("alert" in rule) == ("record" in rule):
        wrong = "both alert and record" if "alert" in rule else "neither alert nor record"
        raise ConfigError(f"{path} has {wrong}: give it exactly one of the two.")
    for key in ("for", "keep_firing_for", "annotations", "threshold", "needs"):
        if "record" in rule and key in rule:
            raise ConfigError(f"{inside(path, key)} belongs to alerts, but this is a recording rule: take it out.")
    if ("threshold" in rule) != ("@threshold@" in rule["expr"]):
        raise ConfigError(f"{path}: threshold and @threshold@ in expr go together: give both or neither.")
    return rule


def _rules(value: Any, path: str) -> list[Any]:
    if not sequence(value, path):
        raise ConfigError(f"{path} is empty: add a rule or take the group out.")
    for index, rule in enumerate(value):
        _rule(rule, f"{path}[{index}]")
    return value


RULE_GROUP: dict[str, Check] = {
    "name": file_name,
    "interval": duration,
    "query_offset": duration_or_zero,
    "limit": count,
    "labels": labels,
    "rules": _rules,
}

_IN_FILE = "put it into prometheus_secrets and name its file in"
_SECRET_FIXES = {
    **{key: f"{_IN_FILE} {key}_file" for key in ("password", "credentials", "client_secret")},
    "tls_config.key": f"{_IN_FILE} key_file",
    "bearer_token": f"{_IN_FILE} authorization.credentials_file",
    "secrets": f"{_IN_FILE} files",
    "secret_key": "use a profile or role_arn of the host",
    **{
        key: "use authorization with credentials_file, or a discovery that reads its secret from a file"
        for key in ("token", "account_token", "application_secret", "consumer_key", "application_credential_secret")
    },
}
_OPAQUE = frozenset({"params", "labels", "headers", "external_labels", "proxy_connect_header", "filters"})
SECRETS = SecretRules(
    _SECRET_FIXES, _OPAQUE, "use basic_auth with username and password_file, with the password in prometheus_secrets"
)
