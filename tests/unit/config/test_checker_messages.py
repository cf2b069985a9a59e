# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages as promtool 2.42 to 3.5 and amtool 0.25 to 0.33 print them, said of the variables that they are about.

The sentences of single mistakes are in tests/bad_input/corpus, where the programs themselves are run.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager import (
    origins as alertmanager,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import origins as prometheus
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.checker_messages import (
    explained,
    path_of_line,
    path_of_value,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import yaml_text

FIX = "correct that in the inventory."
JOBS: list[dict[str, Any]] = [
    {"job_name": "prometheus"},
    {"job_name": "crm", "scrape_interval": "30 seconds", "relabel_configs": [{"action": "remove"}]},
    {"job_name": "more"},
]
PROMETHEUS = {
    "prometheus.yml": yaml_text(
        {
            "global": {"scrape_interval": "15s", "sample_limit": "x", "scrape_timeout": "10s"},
            "scrape_configs": JOBS,
            "alerting": {"alertmanagers": [{"api_version": "v1"}]},
            "remote_write": [{"url": "http://a/"}],
        }
    ),
    "rules/own.yml": yaml_text({"groups": [{"name": "own", "rules": [{"alert": "Slow", "expr": "up ="}]}]}),
    "rules/built-in.yml": yaml_text({"groups": [{"name": "built-in", "rules": [{"alert": "Down", "expr": "up"}]}]}),
}
ROUTE = {"receiver": "a", "routes": [{"group_wait": "soon", "receiver": "a"}, {"group_wait": "soon", "receiver": "b"}]}
ALERTMANAGER = {
    "alertmanager.yml": yaml_text(
        {"global": {"smtp_from": "x@y.example"}, "route": ROUTE, "receivers": [{"name": "a"}, {"name": "b"}]}
    ),
    "templates/own.tmpl": "{{",
}
VARIABLES = {
    "prometheus_scrape_jobs": [{"job_name": "crm"}],
    "prometheus_extra_config": {"scrape_configs": [{"job_name": "more"}]},
    "prometheus_global": {"sample_limit": "x"},
    "prometheus_alertmanagers": [{"api_version": "v1"}],
    "prometheus_remote_write": [{"url": "http://a/"}],
    "prometheus_rule_groups": [
        {"name": "own", "rules": [{"alert": "Off", "expr": "1"}, {"alert": "Slow", "expr": "up ="}]}
    ],
    "alertmanager_templates": {"own": "{{", "other.tmpl": "{{"},
    "alertmanager_receivers": [{"name": "a"}],
    "alertmanager_smtp_from": "x@y.example",
}


def sentence(cause: str, rest: str = "") -> str:
    """What is said of a cause, without the checker's name and the fix."""
    of_alertmanager = cause.startswith(("alertmanager.yml: ", "template: "))
    origins = alertmanager.ORIGINS if of_alertmanager else prometheus.ORIGINS
    files = ALERTMANAGER if of_alertmanager else PROMETHEUS
    message = f"{origins.checker} refused the release: {cause}: {FIX}{rest}"
    said = explained(message, [{"name": origins.checker}], origins, files, VARIABLES.get)
    return "unchanged" if said == message else said.removesuffix(f", says {origins.checker}: {FIX}{rest}")


UNMARSHAL = "parsing YAML file prometheus.yml: yaml: unmarshal errors: "


@pytest.mark.parametrize(
    ("cause", "where"),
    [
        (f"{UNMARSHAL}line 4: cannot unmarshal !!str `x` into uint", "prometheus_global.sample_limit"),
        (f"{UNMARSHAL}line 3: cannot unmarshal !!str `x` into uint", "prometheus_scrape_interval"),
        (f"{UNMARSHAL}line 8: field x not found in type config.plain", "prometheus_scrape_jobs[0].job_name"),
        ('parsing YAML file prometheus.yml: not a valid duration string: "30 seconds"', "prometheus_scrape_jobs[0]."),
        (
            'parsing YAML file prometheus.yml: unknown relabel action "remove"',
            "prometheus_scrape_jobs[0].relabel_configs[0]",
        ),
        ('found multiple scrape configs with job name "crm"', "prometheus_scrape_jobs[0]: "),
        (
            'scrape timeout greater than scrape interval for scrape config with job name "more"',
            "prometheus_extra_config.scr",
        ),
        (
            'found multiple scrape configs with job name "prometheus"',
            'prometheus_scrape_jobs (the built-in job "prometheus")',
        ),
        ("expected Alertmanager api version to be one of [v2] but got v1", "prometheus_alertmanagers[0].api_version"),
        (
            'rules/own.yml: 5:15: group "own", rule 1, "Slow": could not parse',
            "prometheus_rule_groups[0].rules[1]: could",
        ),
        (
            'rules/built-in.yml: 5:15: group "built-in", rule 1, "Down": x',
            'prometheus_rule_groups (the built-in group "',
        ),
        ("alertmanager.yml: yaml: unmarshal errors: line 6: cannot unmarshal", "alertmanager_route.routes"),
        ("alertmanager.yml: mail: x@y.example is not an address", "alertmanager_smtp_from: mail"),
        ('template: own.tmpl:2: unexpected "{" in operand', "alertmanager_templates.own: template"),
        ("template: other.tmpl:1: unexpected EOF", 'alertmanager_templates["other.tmpl"]: template'),
    ],
)
def test_a_message_begins_with_its_variable(cause: str, where: str) -> None:
    assert sentence(cause).startswith(where)


def test_what_follows_the_fix_is_kept() -> None:
    rest = " Nothing was switched; release 0002 is untouched."
    assert sentence('found multiple scrape configs with job name "crm"', rest).startswith("prometheus_scrape_jobs[0]")


@pytest.mark.parametrize(
    "cause",
    [
        "it gave no reason",
        f"{UNMARSHAL}line 99999: field x not found in type config.plain",
        'rules/own.yml: 5:15: group "own", rule 77, "Slow": could not parse',
        'rules/none.yml: 5:15: group "own", rule 1, "Slow": could not parse',
        "scrape job of a prometheus without a place",
        "alertmanager.yml: bad duration soon",
        "template: aetherlink.tmpl:1: unexpected EOF",
    ],
)
def test_a_message_without_a_place_that_is_found_stays_as_it_is(cause: str) -> None:
    assert sentence(cause) == "unchanged"


def test_a_message_that_is_no_checkers_stays_as_it_is() -> None:
    for message in ("", "the disk is full.", "promtool check config refused the release: cut off"):
        assert explained(message, [], prometheus.ORIGINS, PROMETHEUS, VARIABLES.get) == message


def test_a_near_key_is_suggested_and_a_known_one_is_of_another_version() -> None:
    assert 'field scrape_intervall not found (did you mean "scrape_interval"?)' in sentence(
        f"{UNMARSHAL}line 9: field scrape_intervall not found in type config.ScrapeConfig"
    )
    assert "field scrape_native_histograms not found (this version does not have it, or not here)" in sentence(
        f"{UNMARSHAL}line 9: field scrape_native_histograms not found in type config.ScrapeConfig"
    )


def test_a_line_and_a_value_have_one_place() -> None:
    assert path_of_line("a:\n- b: 1\n  c:\n    d: 2\n", 4) == ("a", 0, "c", "d")
    assert path_of_line("a: 1\n", 2) == ()
    document = {"a": [{"x": "one-value"}, {"x": "another"}]}
    assert path_of_value(document, "one-value is bad") == ("a", 0, "x")
    assert path_of_value(document, "another one is bad") == ("a", 1, "x")
    assert path_of_value(document, "there is another one") == ()
