# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule groups as an environment wants them: overrides by alert name, values filled in, links to help added.

A rule of the collection's own pack has up to three keys that Prometheus does not know and that are taken out here:
``threshold`` (the number that becomes ``@threshold@``), ``needs`` (left out unless that is monitored) and the tokens
``@threshold@``, ``@for@`` and ``@env@`` in its texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    boolean,
    duration_or_zero,
    fields,
    labels,
    mapping_of,
    number,
    text,
)

NEEDS = ("alertmanager", "command_center")
_TOKEN = re.compile(r"@(threshold|for|env)@")


def _fixed_labels(value: Any, path: str) -> object:
    for name, item in labels(value, path).items():
        if "{{" in item:
            raise ConfigError(f"{inside(path, name)} is a template: an override's labels are fixed texts.")
    return value


_OVERRIDE: dict[str, Check] = {
    "enabled": boolean,
    "for": duration_or_zero,
    "severity": text,
    "threshold": number,
    "labels": _fixed_labels,
}
overrides = mapping_of(lambda value, path: fields(value, path, _OVERRIDE))


@dataclass(frozen=True)
class Settings:
    """What the rules of an environment are made with.

    overrides: by alert name: enabled, for, severity, threshold, labels.
    runbook_url: with {alert}; dashboard_url: with {alert}, {env} and {service}, or empty for none.
    present: which of NEEDS are monitored from here.
    """

    env: str
    overrides: Mapping[str, Mapping[str, Any]]
    runbook_url: str
    dashboard_url: str
    present: frozenset[str]


def alert_names(groups: Iterable[Mapping[str, Any]]) -> set[str]:
    return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}


def check_known(overridden: Iterable[str], known: Iterable[str], variable: str) -> None:
    names = sorted(known)
    for name in overridden:
        if name not in names:
            raise ConfigError(
                f"{inside(variable, name)} overrides an alert that no rule group has{closest(name, names)}: "
                "rename it or take it out."
            )


def effective(group: Mapping[str, Any], path: str, settings: Settings, builtin: bool) -> dict[str, Any]:
    """The group in Prometheus' own form; its rules may be none. Raises ConfigError."""
    rules = []
    for index, rule in enumerate(group["rules"]):
        if rule.get("needs", "") and rule["needs"] not in settings.present:
            continue
        made = _alert(rule, f"{path}.rules[{index}]", settings, builtin) if "alert" in rule else dict(rule)
        if made:
            rules.append(made)
    return {**group, "rules": rules}


def _alert(rule: Mapping[str, Any], path: str, settings: Settings, builtin: bool) -> dict[str, Any] | None:
    name = rule["alert"]
    override = settings.overrides.get(name, {})
    if not override.get("enabled", True):
        return None
    made = {key: value for key, value in rule.items() if key not in ("threshold", "needs")}
    values = {"env": settings.env, "for": override.get("for", rule.get("for", "0s"))}
    if "threshold" in rule:
        values["threshold"] = override.get("threshold", rule["threshold"])
    elif "threshold" in override:
        raise ConfigError(
            f"{inside('prometheus_alert_overrides', name)}.threshold is set, but {name} has no threshold: take it out, "
            "or replace the rule's group in prometheus_rule_groups."
        )
    if "for" in override:
        made["for"] = override["for"]
    changed = {**rule.get("labels", {}), **override.get("labels", {})}
    if "severity" in override:
        changed["severity"] = override["severity"]
    made["expr"] = fill(rule["expr"], values)
    made["labels"] = {key: fill(value, values) for key, value in changed.items()}
    annotations = {key: fill(value, values) for key, value in rule.get("annotations", {}).items()}
    made["annotations"] = {**annotations, **(links(name, settings) if builtin else {})}
    if not made["annotations"].get("runbook_url"):
        raise ConfigError(
            f"{path}.annotations has no runbook_url: say where the people whom {name} wakes find what to do."
        )
    return {key: value for key, value in made.items() if value != {}}


def links(name: str, settings: Settings) -> dict[str, str]:
    """The annotations that lead people on; the values of labels are filled in by Prometheus."""
    found = {"runbook_url": settings.runbook_url.replace("{alert}", name)}
    if settings.dashboard_url:
        url = settings.dashboard_url.replace("{alert}", name)
        for label in ("env", "service"):
            url = url.replace(f"{{{label}}}", f"{{{{ $labels.{label} | urlquery }}}}")
        found["dashboard_url"] = url
    return found


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The text with its tokens replaced; one without a value stays."""
    return _TOKEN.sub(lambda token: shown_number(values.get(token[1], token[0])), template)


def shown_number(value: Any) -> str:
    """As PromQL reads it: 5 and not 5.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
