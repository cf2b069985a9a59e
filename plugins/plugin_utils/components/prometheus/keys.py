# SPDX-License-Identifier: GPL-3.0-or-later
"""The native keys of Prometheus that this collection reads, adds to, or finds secrets in. All others pass through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.alerts import NEEDS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.inline_secrets import SecretRules
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    file_name,
    list_of,
    mapping,
    mapping_of,
    native,
    number,
    one_of,
    port,
    sequence,
    text,
    text_or_empty,
)

names = list_of(text)
mappings = list_of(mapping)
texts = mapping_of(text_or_empty)


def discovers(entry: Iterable[str]) -> bool:
    """Whether an entry has a service discovery, also one of a newer Prometheus."""
    return any(key.endswith("_sd_configs") for key in entry)


def _static_config(value: Any, path: str) -> object:
    return native(value, path, {"targets": names, "labels": mapping}, required=["targets"])


TARGETS: dict[str, Check] = {
    "groups": names,
    "port": port,
    "static_configs": list_of(_static_config),
    "relabel_configs": mappings,
}
SCRAPE_JOB: dict[str, Check] = {"job_name": text, "metric_relabel_configs": mappings, **TARGETS}

_RULE: dict[str, Check] = {
    "alert": text,
    "record": text,
    "expr": text,
    "threshold": number,
    "needs": one_of(*NEEDS),
    "labels": texts,
    "annotations": texts,
}
"""What is compared with names of the inventory, or filled in."""


def _rule(value: Any, path: str) -> dict[str, Any]:
    rule = native(value, path, _RULE, required=["expr"])
    if ("threshold" in rule) != ("@threshold@" in rule["expr"]):
        raise ConfigError(f"{path}: threshold and @threshold@ in expr go together: give both or neither.")
    return rule


def _rules(value: Any, path: str) -> list[Any]:
    if not sequence(value, path):
        raise ConfigError(f"{path} is empty: add a rule or take the group out.")
    for index, rule in enumerate(value):
        _rule(rule, f"{path}[{index}]")
    return value


RULE_GROUP: dict[str, Check] = {"name": file_name, "rules": _rules}

_IN_FILE = "put it into prometheus_secrets and name its file in"
SECRETS = SecretRules(
    variable="prometheus_secrets",
    fixes={
        "azure_sd_configs.client_secret": "use authentication_method ManagedIdentity, which needs none",
        "bearer_token": f"{_IN_FILE} authorization.credentials_file",
        "token": f"{_IN_FILE} authorization.credentials_file",
        "secrets": f"{_IN_FILE} files",
    },
    more=frozenset(),
    plain=frozenset({"access_key", "application_key"}),
    opaque=frozenset({"params", "labels", "headers", "external_labels", "proxy_connect_header", "filters"}),
    url_fix="use basic_auth with username and password_file, with the password in prometheus_secrets",
)
