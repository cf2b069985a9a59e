# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release changed, a phrase for each thing by its name, without a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.differences import changes, compared
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.report import report

from .conftest import Say, facts

PROMETHEUS: dict[str, Any] = {
    "global": {"scrape_interval": "15s"},
    "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["a:9093"]}]}]},
    "scrape_configs": [
        {
            "job_name": "node",
            "static_configs": [
                {"targets": ["10.0.0.1:9100"], "labels": {"instance": "web1"}},
                {"targets": ["10.0.0.2:9100"]},
            ],
        },
    ],
}
NODE = PROMETHEUS["scrape_configs"][0]
ALERT = {"alert": "Slow", "expr": "latency > 1", "for": "5m", "labels": {"severity": "warning"}}
ROUTE = {"receiver": "slack", "routes": [{"matchers": ['severity="critical"'], "receiver": "pager"}]}
ALERTMANAGER: dict[str, Any] = {
    "route": ROUTE,
    "receivers": [{"name": "slack", "slack_configs": [{"channel": "#dev"}]}, {"name": "pager"}],
    "inhibit_rules": [{"source_matchers": ['a="b"'], "target_matchers": ['c="d"'], "equal": ["env"]}],
}
DASHBOARD: dict[str, Any] = {
    "title": "Fleet",
    "uid": "fleet",
    "version": 1,
    "templating": {"list": [{"name": "env", "query": "x"}, {"name": "aether_revision", "query": "1"}]},
    "panels": [{"title": "Up", "type": "stat", "panels": [{"title": "Inner", "type": "text"}]}],
}


@pytest.mark.parametrize(
    ("new", "phrases"),
    [
        ({"scrape_configs": []}, ["job node removed"]),
        ({"scrape_configs": [NODE, {**NODE, "job_name": "edge"}]}, ["job edge added"]),
        (
            {"scrape_configs": [{**NODE, "static_configs": NODE["static_configs"][:1]}]},
            ["job node: target 10.0.0.2:9100 removed"],
        ),
        (
            {
                "scrape_configs": [
                    {**NODE, "static_configs": [{"targets": ["10.0.0.9:9100"], "labels": {"instance": "web1"}}]}
                ]
            },
            [
                "job node: target web1 address 10.0.0.1:9100 -> 10.0.0.9:9100",
                "job node: target 10.0.0.2:9100 removed",
            ],
        ),
        ({"scrape_configs": [{**NODE, "scrape_interval": "1m"}]}, ["job node scrape_interval nothing -> 1m"]),
        ({"global": {"scrape_interval": "30s"}}, ["global scrape_interval 15s -> 30s"]),
        ({"alerting": {}}, ["Alertmanager a:9093 removed"]),
        ({"remote_write": [{"url": "https://store.example/push"}]}, ["remote write https://store.example/push added"]),
    ],
)
def test_prometheus(say: Say, new: dict[str, Any], phrases: list[str]) -> None:
    old, text = json.dumps(PROMETHEUS), json.dumps({**PROMETHEUS, **new})

    assert say("prometheus", {"prometheus.yml": old}, {"prometheus.yml": text}) == phrases


@pytest.mark.parametrize(
    ("rules", "phrases"),
    [
        ([{**ALERT, "for": "10m"}], ["rule group own: alert Slow for 5m -> 10m"]),
        (
            [{**ALERT, "labels": {"severity": "critical"}}, {"record": "a:b:c", "expr": "1"}],
            [
                "rule group own: alert Slow labels.severity warning -> critical",
                "rule group own: recording rule a:b:c added",
            ],
        ),
        ([{**ALERT, "expr": "x" * 60}], ["rule group own: alert Slow expr"]),
        ([ALERT, ALERT], ["rule group own: alert Slow (2) added"]),
        (None, ["rule group own removed"]),
    ],
)
def test_rules(say: Say, rules: list[Any] | None, phrases: list[str]) -> None:
    old, new = (json.dumps({"groups": [{"name": "own", "rules": one}]}) for one in ([ALERT], rules))

    assert say("prometheus", {"rules/own.yml": old}, {"rules/own.yml": new} if rules else {}) == phrases


@pytest.mark.parametrize(
    ("new", "phrases"),
    [
        (
            {"receivers": [{"name": "slack", "slack_configs": [{"channel": "#ops"}]}]},
            ["receiver slack slack_configs", "receiver pager removed"],
        ),
        ({"route": {**ROUTE, "group_wait": "1m"}}, ["route default -> slack group_wait nothing -> 1m"]),
        ({"route": {"receiver": "slack"}}, ['route severity="critical" -> pager removed']),
        ({"inhibit_rules": []}, ['inhibition rule a="b" inhibits c="d" removed']),
        ({"time_intervals": [{"name": "night"}]}, ["time interval night added"]),
        ({"global": {"resolve_timeout": "1m"}}, ["global added"]),
    ],
)
def test_alertmanager(say: Say, new: dict[str, Any], phrases: list[str]) -> None:
    old, text = json.dumps(ALERTMANAGER), json.dumps({**ALERTMANAGER, **new})

    assert say("alertmanager", {"alertmanager.yml": old}, {"alertmanager.yml": text}) == phrases


def test_templates_and_routing_tests_of_alertmanager(say: Say) -> None:
    old = {
        "templates/a.tmpl": '{{ define "a" }}1{{ end }}',
        "routing_tests.json": '{"tests": [{"name": "t", "at": 1}]}',
    }
    new = {
        "templates/a.tmpl": '{{ define "b" }}1{{ end }}',
        "routing_tests.json": '{"tests": [{"name": "t", "at": 2}]}',
    }

    assert say("alertmanager", old, new) == ["routing test t at 1 -> 2", "template b added", "template a removed"]


@pytest.mark.parametrize(
    ("new", "phrases"),
    [
        (
            {"panels": [{"title": "Up", "type": "gauge"}]},
            ["dashboard Fleet: panel Up type stat -> gauge", "dashboard Fleet: panel Inner removed"],
        ),
        (
            {"templating": {"list": [{"name": "aether_revision", "query": "2"}]}},
            ["dashboard Fleet: variable env removed"],
        ),
        ({"version": 7, "refresh": "1m"}, ["dashboard Fleet refresh nothing -> 1m"]),
        (None, ["dashboard Fleet removed"]),
    ],
)
def test_dashboards(say: Say, new: dict[str, Any] | None, phrases: list[str]) -> None:
    path = "dashboards/AetherLink/fleet.json"
    after = {path: json.dumps({**DASHBOARD, **new})} if new else {}

    assert say("grafana", {path: json.dumps(DASHBOARD)}, after) == phrases


def test_data_sources_and_settings_of_grafana(say: Say) -> None:
    path = "provisioning/datasources/aetherlink.yml"
    source = {"name": "P", "url": "http://a", "secureJsonData": {"basicAuthPassword": "hunter2-hunter2"}}
    old = {
        "grafana.ini": "[users]\ntheme = dark\n[smtp]\npassword = a\n",
        path: json.dumps({"datasources": [source]}),
    }
    other = {**source, "url": "http://b", "secureJsonData": {"tlsCACert": "x"}}
    new = {
        "grafana.ini": "[users]\ntheme = light\n[smtp]\npassword = b\n",
        path: json.dumps({"datasources": [other]}),
    }

    assert say("grafana", old, new) == [
        "users.theme dark -> light",
        "smtp.password changed",
        "data source P url http://a -> http://b, secureJsonData",
    ]


@pytest.mark.parametrize(
    ("component", "what", "key"),
    [("command_center", "vertical", "verticals"), ("demo_verticals", "service", "services")],
)
def test_verticals_and_services(say: Say, component: str, what: str, key: str) -> None:
    old, new = (json.dumps({"interval": n, key: [{"name": "crm", "port": n}]}) for n in (1, 2))

    assert say(component, {f"{component}.json": old}, {f"{component}.json": new}) == [
        f"{what} crm port 1 -> 2",
        "interval 1 -> 2",
    ]


def test_settings_of_the_inbox(say: Say) -> None:
    assert say("inbox", {"inbox.json": '{"keep": 1}'}, {"inbox.json": '{"keep": true}'}) == ["keep 1 -> true"]


def test_version_flags_and_secrets() -> None:
    texts = ['ARGS="--a=1 --b --c=1 --c=2"\n', 'ARGS="--a=2 --c=1 --d"\n']
    files = [
        {"path": "flags.env", "change": "changed", "secret": False, "untold": "", "old": 0, "new": 1},
        {
            "path": "etc/secrets/pagerduty_key",
            "change": "added",
            "secret": True,
            "untold": "",
            "old": None,
            "new": None,
        },
    ]
    release = facts(files=files, settings={"version": ["2.42.0", "2.53.1"], "method": ["package", "archive"]})

    assert changes("prometheus", release, texts) == [
        "method package -> archive",
        "version 2.42.0 -> 2.53.1",
        "flag a 1 -> 2",
        "flag c changed",
        "flag d added",
        "flag b removed",
        "secret pagerduty_key added",
    ]


def test_a_file_whose_text_is_not_given_is_named_with_the_reason() -> None:
    file = {"path": "etc/prometheus.yml", "change": "changed", "secret": False, "old": None, "new": None}

    assert changes("prometheus", facts(files=[{**file, "untold": "it is too large to be compared"}]), []) == [
        "prometheus.yml changed; it is too large to be compared"
    ]


@pytest.mark.parametrize("text", ["{torn", "- a list\n", "scrape_configs: [1]\n", "scrape_configs: {a: 1}\n"])
def test_a_file_of_another_form_is_counted_by_its_lines(say: Say, text: str) -> None:
    old = {"prometheus.yml": json.dumps(PROMETHEUS)}

    assert say("prometheus", old, {"prometheus.yml": text})[0].startswith("prometheus.yml changed (+1 -")


@pytest.mark.parametrize("component", ["alertmanager", "grafana", "command_center", "somebodys_own"])
def test_a_file_without_a_summary_is_counted_by_its_lines(say: Say, component: str) -> None:
    assert say(component, {"x.conf": "a\nb\n"}, {"x.conf": "a\nc\nd\n"}) == ["x.conf changed (+2 -1 lines)"]


def test_a_change_without_a_meaning_is_counted_by_its_lines(say: Say) -> None:
    old, new = (json.dumps({"verticals": []}, indent=indent) for indent in (1, None))

    assert say("command_center", {"command_center.json": old}, {"command_center.json": new}) == [
        "command_center.json changed (+1 -3 lines)"
    ]


@pytest.mark.parametrize(
    "key", ["password", "api_token", "client_secret", "routing_key", "credentials", "api_key", "dsn", "tls.key"]
)
def test_the_value_of_a_key_that_sounds_secret_is_not_shown(key: str) -> None:
    assert list(compared({"a": {key: "old-value"}}, {"a": {key: "new-value"}})) == [f"a {key}"]
    assert list(compared({f"x.{key}": "old-value"}, {f"x.{key}": "new-value"})) == [f"x.{key} changed"]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"tokens": {"crm": "{}"}}, "tokens.crm"),
        ({"x-api-key": ["{}", "b"]}, "x-api-key"),
        ({"headers": {"Authorization": {"values": ["{}"]}}}, "headers.Authorization.values"),
        ({"header": {"name": "X-Api-Key", "value": "{}"}}, "header.value"),
        ({"url": "https://hooks.slack.com/services/T000/B000/{}"}, "url"),
        ({"https://hooks.slack.com/services/T000/B000/XXXX": "{}"}, "* old-value -> new-value"),
    ],
)
def test_a_secret_is_not_shown_wherever_it_stands(value: dict[str, Any], place: str) -> None:
    old, new = (json.loads(json.dumps({"a": value}).replace("{}", word)) for word in ("old-value", "new-value"))

    assert list(compared(old, new)) == [f"a {place}"]


def test_a_thing_named_by_a_url_is_named_without_its_key() -> None:
    url = "remote write https://store.example/push?api_key=hunter2hunter2"

    assert list(compared({}, {url: {}})) == ["remote write https://store.example/push added"]
    assert list(compared({url: {"a": 1}}, {url: {"a": 2}})) == ["remote write https://store.example/push a 1 -> 2"]
    assert list(compared({}, {"remote write https://hooks.slack.com/services/T0/B0/XXXX": {}})) == ["* added"]


def test_the_path_of_a_secret_file_is_no_secret() -> None:
    assert list(compared({"a": {"password_file": "/a"}}, {"a": {"password_file": "/b"}})) == [
        "a password_file /a -> /b"
    ]


def test_many_differences_of_one_thing_are_cut() -> None:
    old, new = ({"a": dict.fromkeys("bcdefghi", value)} for value in (1, 2))

    assert list(compared(old, new)) == ["a b 1 -> 2, c 1 -> 2, d 1 -> 2, e 1 -> 2, f 1 -> 2, 3 more"]


@pytest.mark.parametrize(
    ("release", "sentence"),
    [
        (facts(1), "nothing was active before it"),
        (facts(), "same content as 0001-aaaaaaaa"),
        (facts(settings={"version": [1, 2]}), ""),
        (facts(compared=False), "0001-aaaaaaaa, which it replaced, is not whole on the host any more"),
        (facts(compared=False, kept=False), ""),
        (facts(compared=False, damaged=True), "its release.json cannot be read"),
    ],
)
def test_where_there_are_no_changes_there_is_the_reason(release: dict[str, Any], sentence: str) -> None:
    component = {"component": "prometheus", "active": "", "left": [], "releases": [release]}

    assert report([component], [], with_diff=False)[0]["releases"][0]["note"] == sentence
