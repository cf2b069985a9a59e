# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of rules for ``promtool test rules``: the collection's own, one file for each of its groups, and the user's.

The collection's are in promtool's format, for the rules as they are shipped. A release fills in ``@env@`` and adds the
links that every alert has. The tests of an alert that the inventory overrides are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote_plus

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import alerts

INTERVAL = "15s"
_ALERTS = re.compile(r'ALERTS\{.*alertname="(\w+)"')
_LINKED_LABEL = re.compile(r"\{\{ \$labels\.(\w+) \| urlquery \}\}")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """A rule group as it is deployed."""

    rules: list[dict[str, Any]]
    builtin: bool

    def alerts(self) -> dict[str, dict[str, Any]]:
        return {rule["alert"]: rule for rule in self.rules if "alert" in rule}


def group_of(document: Document) -> str:
    """The group that a file of the collection's tests is about: that of its one file of rules."""
    return PurePosixPath(document["rule_files"][0]).stem


def files(
    builtin: Iterable[Document],
    own: Mapping[str, Document],
    groups: Mapping[str, Group],
    settings: alerts.Settings,
) -> dict[str, dict[str, Any]]:
    """promtool's documents by name: the collection's for each of its groups that is deployed, and the user's own."""
    found: dict[str, dict[str, Any]] = {}
    for document in builtin:
        name = group_of(document)
        group = groups.get(name)
        if group and group.builtin:
            adapted = (_adapted(test, group.alerts(), settings) for test in document["tests"])
            found[name] = {**document, "tests": [test for test in adapted if test]}
    for name, value in own.items():
        if name in found:
            raise ConfigError(f'prometheus_rule_tests has "{name}", the name of a built-in group: rename the entry.')
        found[name] = {"rule_files": ["../rules/*.yml"], "evaluation_interval": INTERVAL, **value}
    return {name: document for name, document in found.items() if document.get("tests")}


def skipped(builtin: Iterable[Document], overridden: Iterable[str]) -> list[str]:
    """The overridden alerts that the collection has tests of."""
    tested = {name for document in builtin for test in document["tests"] for name in alerts_of(test)}
    return sorted(tested.intersection(overridden))


def alerts_of(test: Document) -> set[str]:
    named = {one["alertname"] for one in test.get("alert_rule_test", ())}
    return named | {name for one in test.get("promql_expr_test", ()) if (name := _alert_of(one))}


def _alert_of(query: Document) -> str:
    found = _ALERTS.search(query["expr"])
    return found[1] if found else ""


def _adapted(
    test: Document, rules: Mapping[str, Mapping[str, Any]], settings: alerts.Settings
) -> dict[str, Any] | None:
    """The test of what is deployed as it is shipped; None where nothing of it is left."""
    shipped = rules.keys() - settings.overrides.keys()
    kept = {
        "alert_rule_test": [
            {**one, "exp_alerts": [_linked(alert, rules[one["alertname"]], settings) for alert in one["exp_alerts"]]}
            for one in test.get("alert_rule_test", ())
            if one["alertname"] in shipped
        ],
        "promql_expr_test": [one for one in test.get("promql_expr_test", ()) if _alert_of(one) in {"", *shipped}],
    }
    if not any(kept.values()):
        return None
    rest = {key: value for key, value in test.items() if key not in kept}
    filled: dict[str, Any] = _filled({**rest, **{key: value for key, value in kept.items() if value}}, settings.env)
    return filled


def _linked(alert: Document, rule: Mapping[str, Any], settings: alerts.Settings) -> dict[str, Any]:
    """The links know the labels of the expression alone."""
    known = {key: value for key, value in alert["exp_labels"].items() if key not in rule.get("labels", {})}
    values = {key: quote_plus(alerts.fill(value, {"env": settings.env})) for key, value in known.items()}
    links = {
        key: _LINKED_LABEL.sub(lambda found: values.get(found[1], ""), text)
        for key, text in alerts.links(rule["alert"], settings).items()
    }
    return {**alert, "exp_annotations": {**alert.get("exp_annotations", {}), **links}}


def _filled(value: Any, env: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, env) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, env) for item in value]
    return alerts.fill(value, {"env": env}) if isinstance(value, str) else value
