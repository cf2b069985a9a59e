# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests of rules for ``promtool test rules``, made to fit the rules as an environment has overridden them.

The collection's tests are written in a short form, one document per rule group::

    group: aetherlink-verticals
    interval: 15s                     # between two samples, and two evaluations
    tests:
      - name: a service that stops answering
        alert: AetherlinkVerticalServiceDown
        series:
          aether_service_up{service="crm",env="prod"}: 1 x 5m, 0 x for+5m, 1 x 5m
        silent_at: [5m+for-15s, for+11m]
        labels_at: []                 # fires with its labels, and texts that still change
        firing_at: [5m+for]           # fires with its labels and texts
        firing:
          - labels: {service: crm, env: prod}
            annotations: {summary: ..., description: ...}

A series is a list of ``value x time``. A value is a number, ``_`` (no sample), ``stale`` (the end of a target),
``above`` or ``below`` the alert's threshold, a product like ``15*above``, and with ``+`` before it what a counter
grows by in each interval. A time is a sum of durations and ``for``, the alert's own. Labels that the rule sets, and
the links, are expected without being written down. Instead of ``alert``, a test may have ``samples``: ``at``, ``expr``
and ``values`` by label set.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import alerts

INTERVAL = "15s"
_TERM = re.compile(r"([+-]?)\s*([a-z0-9]+)")


@dataclass(frozen=True)
class Group:
    """A rule group as it is deployed, and the thresholds of its alerts by name."""

    rules: list[dict[str, Any]]
    builtin: bool
    thresholds: Mapping[str, float]

    def alert(self, name: str) -> dict[str, Any] | None:
        return next((rule for rule in self.rules if rule.get("alert") == name), None)


def files(
    builtin: list[dict[str, Any]],
    own: Mapping[str, Mapping[str, Any]],
    groups: Mapping[str, Group],
    settings: alerts.Settings,
) -> dict[str, dict[str, Any]]:
    """promtool's documents by name: the collection's for each of its groups that is deployed, and the user's own."""
    found = {}
    for document in builtin:
        name = document["group"]
        group = groups.get(name)
        if group and group.builtin:
            interval = document.get("interval", INTERVAL)
            tests = [made for test in document["tests"] for made in _test(test, group, interval, settings)]
            rules = {"rule_files": [f"../rules/{name}.yml"], "evaluation_interval": interval}
            found[name] = {**rules, "tests": tests}
    for name, value in own.items():
        if name in found:
            raise ConfigError(f'prometheus_rule_tests has "{name}", the name of a built-in group: rename the entry.')
        found[name] = {"rule_files": ["../rules/*.yml"], "evaluation_interval": INTERVAL, **value}
    return {name: document for name, document in found.items() if document.get("tests")}


def _test(test: Mapping[str, Any], group: Group, interval: str, settings: alerts.Settings) -> Iterator[dict[str, Any]]:
    """The test, unless its alert is not deployed here."""
    rule = group.alert(test["alert"]) if "alert" in test else {}
    if rule is None:
        return
    threshold = group.thresholds.get(test.get("alert", ""), 0)
    times = _Times(rule.get("for", "0s"), interval)
    at_once = settings.overrides.get(test.get("alert", ""), {}).get("for") is not None and not times.ms("for")
    silent = () if at_once else _silent(test, times)  # there is no time in which it does not fire yet
    expected = {
        "alert_rule_test": [*silent, *_firing(test, rule, times, settings)],
        "promql_expr_test": [*_states(test, rule, times, settings), *_samples(test, times)],
    }
    yield {
        "name": test["name"],
        "interval": interval,
        "input_series": [
            {"series": alerts.fill(series, {"env": settings.env}), "values": _values(text, threshold, times)}
            for series, text in test["series"].items()
        ],
        **{key: value for key, value in expected.items() if value},
    }


@dataclass(frozen=True)
class _Times:
    wait: str
    interval: str

    def ms(self, text: str) -> int:
        total = 0
        for sign, term in _TERM.findall(str(text)):
            value = duration_ms(self.wait if term == "for" else term, "a rule test", zero=True)
            if term == "for":  # is over at an evaluation, the first that is not before its end
                turn = duration_ms(self.interval, "a rule test")
                value = -(-value // turn) * turn
            total += -value if sign == "-" else value
        return max(total, 0)

    def steps(self, text: str) -> int:
        return -(-self.ms(text) // duration_ms(self.interval, "a rule test"))

    def at(self, text: str) -> str:
        return f"{self.ms(text)}ms"


def _values(text: str, threshold: float, times: _Times) -> str:
    """promtool's notation of a series."""
    parts, last = [], 0.0
    for segment in text.split(","):
        value, _separator, length = segment.strip().partition(" x ")
        steps = times.steps(length)
        if not steps:
            continue
        if value in ("_", "stale"):
            parts.append(f"_x{steps}" if value == "_" else "stale")
        elif value.startswith("+"):
            step = _number(value[1:], threshold)
            parts.append(f"{_shown(last + step)}+{_shown(step)}x{steps - 1}")
            last += step * steps
        else:
            last = _number(value, threshold)
            parts.append(f"{_shown(last)}x{steps - 1}")
    return " ".join(parts)


def _number(text: str, threshold: float) -> float:
    named = {"above": 2 * threshold or 1, "below": threshold / 2}
    return math.prod(named[factor] if factor in named else float(factor) for factor in text.split("*"))


def _shown(value: float) -> str:
    return alerts.shown_number(float(f"{value:.9g}"))


def _silent(test: Mapping[str, Any], times: _Times) -> Iterator[dict[str, Any]]:
    for at in test.get("silent_at", []):
        yield {"eval_time": times.at(at), "alertname": test["alert"], "exp_alerts": []}


def _has_its_own_values(test: Mapping[str, Any], settings: alerts.Settings) -> bool:
    """Whether the annotations that the test expects can hold: they show values that for and threshold change."""
    return not {"for", "threshold"} & set(settings.overrides.get(test.get("alert", ""), {}))


def _firing(
    test: Mapping[str, Any], rule: Mapping[str, Any], times: _Times, settings: alerts.Settings
) -> Iterator[dict[str, Any]]:
    if not _has_its_own_values(test, settings):
        return
    values = {"env": settings.env, "for": times.wait}
    for at in test.get("firing_at", []):
        expected = []
        for one in test["firing"]:
            labels = _labels(one, rule, settings)
            own = one.get("labels", {})  # what the expression gives; links know no others
            written = {key: alerts.fill(text, values) for key, text in one["annotations"].items()}
            links = {key: _link(text, own, settings) for key, text in alerts.links(test["alert"], settings).items()}
            expected.append({"exp_labels": labels, "exp_annotations": {**written, **links}})
        yield {"eval_time": times.at(at), "alertname": test["alert"], "exp_alerts": expected}


def _states(
    test: Mapping[str, Any], rule: Mapping[str, Any], times: _Times, settings: alerts.Settings
) -> Iterator[dict[str, Any]]:
    """That it fires with its labels, without its texts."""
    own = _has_its_own_values(test, settings)
    for at in [*test.get("labels_at", []), *([] if own else test.get("firing_at", []))]:
        states = {"alertname": test["alert"], "alertstate": "firing"}
        labels = [{**_labels(one, rule, settings), **states} for one in test["firing"]]
        query = f'ALERTS{{alertname="{test["alert"]}",alertstate="firing"}}'
        samples = [{"labels": f"ALERTS{_label_set(one)}", "value": 1} for one in labels]
        yield {"eval_time": times.at(at), "expr": query, "exp_samples": samples}


def _samples(test: Mapping[str, Any], times: _Times) -> Iterator[dict[str, Any]]:
    for sample in test.get("samples", []):
        name = "" if "(" in sample["expr"] else sample["expr"]  # a function's result has no name
        samples = [{"labels": name + labels, "value": value} for labels, value in sample["values"].items()]
        yield {"eval_time": times.at(sample["at"]), "expr": sample["expr"], "exp_samples": samples}


def _labels(one: Mapping[str, Any], rule: Mapping[str, Any], settings: alerts.Settings) -> dict[str, str]:
    own = {key: alerts.fill(value, {"env": settings.env}) for key, value in one.get("labels", {}).items()}
    return {**own, **rule.get("labels", {})}


def _link(template: str, labels: Mapping[str, str], settings: alerts.Settings) -> str:
    values = {key: alerts.fill(value, {"env": settings.env}) for key, value in labels.items()}
    link = r"\{\{ \$labels\.(\w+) \| urlquery \}\}"
    return re.sub(link, lambda found: quote_plus(values.get(found[1], "")), template)


def _label_set(labels: Mapping[str, str]) -> str:
    escaped = ((key, value.replace("\\", "\\\\").replace('"', '\\"')) for key, value in sorted(labels.items()))
    return "{" + ",".join(f'{key}="{value}"' for key, value in escaped) + "}"
