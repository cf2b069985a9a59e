# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule group of the verticals: names, conditions, waiting times and severities are the platform's."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.filter.prometheus_files import prometheus_files

RULES = Path(__file__).parents[3] / "roles" / "prometheus" / "files" / "rules" / "aetherlink-verticals.yml"
GROUP = yaml.safe_load(RULES.read_text())["groups"][0]
BY_NAME = {rule["alert"]: rule for rule in GROUP["rules"]}


@pytest.mark.parametrize(
    ("name", "expr", "wait", "severity"),
    [
        ("AetherlinkVerticalServiceDown", "aether_service_up == 0", "5m", "warning"),
        ("AetherlinkVerticalDataStale", "aether_service_stale == 1", "10m", "warning"),
        (
            "AetherlinkVerticalScrapeErrors",
            "sum by (service, env) (rate(aether_verticals_scrape_errors_total[5m])) > 0",
            "2m",
            "warning",
        ),
        (
            "AetherlinkVerticalScrapeSlow",
            "sum by (service, env) (rate(aether_verticals_scrape_duration_seconds_sum[5m])) / "
            "sum by (service, env) (rate(aether_verticals_scrape_duration_seconds_count[5m])) > 5",
            "5m",
            "info",
        ),
    ],
)
def test_the_alerts_are_the_platforms(name: str, expr: str, wait: str, severity: str) -> None:
    rule = BY_NAME[name]
    assert " ".join(rule["expr"].split()) == expr
    assert (rule["for"], rule["labels"]) == (wait, {"severity": severity})


def test_there_are_four() -> None:
    assert len(BY_NAME) == len(GROUP["rules"]) == 4


@pytest.mark.parametrize("name", BY_NAME)
def test_annotations_say_what_where_and_how_on(name: str) -> None:
    annotations = BY_NAME[name]["annotations"]
    assert "{{" not in annotations["summary"]
    assert "{{ $labels.service }}" in annotations["description"]
    assert annotations["runbook_url"] == f"https://runbooks.aetherlink.example/{name}"


def test_the_filter_writes_the_group_with_its_templates_untouched() -> None:
    files = prometheus_files({"env": "dev", "host": "mon1", "hosts": {}, "rule_groups_builtin": [GROUP]})
    assert yaml.safe_load(files["rules/aetherlink-verticals.yml"]) == {"groups": [GROUP]}
