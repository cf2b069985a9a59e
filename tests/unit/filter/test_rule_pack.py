# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule pack: what the platform fixes, what every alert must have, and how an environment changes one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import rule_tests
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    files as prometheus_files,
)

ROOT = Path(__file__).parents[3]
FILES = ROOT / "roles" / "prometheus" / "files"
GROUPS = [
    group for path in sorted((FILES / "rules").glob("*.yml")) for group in yaml.safe_load(path.read_text())["groups"]
]
TESTS = [yaml.safe_load(path.read_text()) for path in sorted((FILES / "rule_tests").glob("*.yml"))]
COMMAND_CENTER = {"job_name": "aetherlink-command-center", "static_configs": [{"targets": ["127.0.0.1:8010"]}]}
ALERTMANAGER = {"static_configs": [{"targets": ["127.0.0.1:9093"]}]}


def rendered(**changes: Any) -> dict[str, str]:
    params = {
        "env": "prod",
        "host": "mon1",
        "hosts": {},
        "scrape_jobs": [COMMAND_CENTER],
        "alertmanagers": [ALERTMANAGER],
        "rule_groups_builtin": GROUPS,
        "rule_tests_builtin": TESTS,
    }
    return prometheus_files({**params, **changes})


def rules(**changes: Any) -> dict[str, Any]:
    """By alert or record name, as they are deployed."""
    files = rendered(**changes)
    groups = [yaml.safe_load(text)["groups"][0] for path, text in files.items() if path.startswith("rules/")]
    return {rule.get("alert") or rule["record"]: rule for group in groups for rule in group["rules"]}


RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = ["Meaning", "Impact", "First five minutes", "Diagnosis", "Fix", "Escalation"]
PACK = rules()
ALERTS = {name: rule for name, rule in PACK.items() if "alert" in rule}


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
        (
            "AetherlinkPlatformActivityDrop",
            "sum by (env) ( aether_platform_total_contacts + aether_platform_total_deals + aether_platform_total_jobs "
            ") <= 0",
            "15m",
            "warning",
        ),
    ],
)
def test_the_alerts_are_the_platforms(name: str, expr: str, wait: str, severity: str) -> None:
    rule = PACK[name]
    assert " ".join(rule["expr"].split()) == expr
    assert (rule["for"], rule["labels"]) == (wait, {"severity": severity})


def test_the_servers_are_watched_too() -> None:
    prometheus = (
        "BadConfig NotConnectedToAlertmanagers ErrorSendingAlertsToSomeAlertmanagers "
        "ErrorSendingAlertsToAnyAlertmanager NotificationQueueRunningFull RuleFailures MissingRuleEvaluations "
        "NotIngestingSamples TSDBReloadsFailing TSDBCompactionsFailing TargetSyncFailure SDRefreshFailure "
        "DuplicateTimestamps OutOfOrderTimestamps LabelLimitHit TargetLimitHit RemoteStorageFailures RemoteWriteBehind"
    )
    alertmanager = (
        "FailedReload FailedToSendAlerts ClusterFailedToSendAlerts MembersInconsistent ConfigInconsistent ClusterDown "
        "ClusterCrashlooping"
    )
    wanted = {"Watchdog", "TargetDown", "AetherlinkCommandCenterDown", "GrafanaRequestsFailing"}
    wanted |= {f"Prometheus{name}" for name in prometheus.split()}
    wanted |= {f"Alertmanager{name}" for name in alertmanager.split()}
    assert wanted <= set(ALERTS)


def test_the_watchdog_is_of_no_severity_and_of_its_environment() -> None:
    assert PACK["Watchdog"]["labels"] == {"severity": "none", "env": "prod"}


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_says_what_where_and_how_on(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in ("critical", "warning", "info", "none")
    assert "{{" not in rule["annotations"]["summary"]
    assert "@" not in str(rule)
    assert rule["annotations"]["runbook_url"] == f"https://runbooks.aetherlink.example/{name}"
    if name != "Watchdog":
        assert "{{ $labels.env }}" in rule["annotations"]["description"]


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_has_a_runbook(name: str) -> None:
    page = (RUNBOOKS / f"{name}.md").read_text()
    assert page.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == SECTIONS
    for section in re.split(r"^## .+$", page, flags=re.MULTILINE)[1:]:
        assert len(section.split()) > 5


def test_no_runbook_is_of_an_alert_that_is_gone() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {
        "README",
        "AetherlinkDrill",
        *ALERTS,
    }  # a drill sends its own
    listed = re.findall(r"\]\((\w+)\.md\)", (RUNBOOKS / "README.md").read_text())
    assert sorted(listed) == sorted(ALERTS)


def expected_of(name: str) -> list[bool]:
    """Whether it fires, of each time at which the shipped tests look at the alert."""
    tests = [test for document in TESTS for test in document["tests"]]
    return [
        *(
            bool(one["exp_alerts"])
            for test in tests
            for one in test.get("alert_rule_test", [])
            if one["alertname"] == name
        ),
        *(True for test in tests for one in test.get("promql_expr_test", []) if f'alertname="{name}"' in one["expr"]),
    ]


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_is_tested_to_be_silent_and_to_fire(name: str) -> None:
    assert set(expected_of(name)) == ({True} if name == "Watchdog" else {True, False})


def test_every_recording_is_tested_and_named_by_level_metric_operations() -> None:
    records = [name for name in PACK if name not in ALERTS]
    tests = [test for document in TESTS for test in document["tests"]]
    queried = [one["expr"] for test in tests for one in test.get("promql_expr_test", [])]
    for record in records:
        assert re.fullmatch(r"[a-z_]+:aether_[a-z_]+:[a-z0-9_]+", record)
        assert any(record in expr for expr in queried)


# --- what an environment can change


def test_an_override_changes_one_alert_and_copies_no_expression() -> None:
    override = {"for": "1m", "severity": "critical", "threshold": 2.5, "labels": {"team": "platform"}}
    changed = rules(alert_overrides={"AetherlinkVerticalScrapeSlow": override})
    rule = changed["AetherlinkVerticalScrapeSlow"]
    assert rule["expr"].endswith("> 2.5\n")
    assert (rule["for"], rule["labels"]) == ("1m", {"severity": "critical", "team": "platform"})
    del changed["AetherlinkVerticalScrapeSlow"]
    assert changed == {name: rule for name, rule in PACK.items() if name != "AetherlinkVerticalScrapeSlow"}


def test_the_text_tells_the_wait_that_holds() -> None:
    rule = rules(alert_overrides={"AetherlinkVerticalServiceDown": {"for": "90s"}})["AetherlinkVerticalServiceDown"]
    assert "has not answered for 90s." in rule["annotations"]["description"]


def test_an_alert_can_be_switched_off_with_its_tests() -> None:
    files = rendered(alert_overrides={"Watchdog": {"enabled": False}, "TargetDown": {"enabled": False}})
    assert "rules/aetherlink-pipeline.yml" not in files  # nothing is left in it
    assert not any("aetherlink-pipeline" in path for path in files)


def test_an_override_reaches_the_users_own_alerts() -> None:
    annotations = {"runbook_url": "https://runbooks.example/Own"}
    own = {"name": "own", "rules": [{"alert": "Own", "expr": "up == 0", "annotations": annotations}]}
    rule = rules(rule_groups=[own], alert_overrides={"Own": {"severity": "info"}})["Own"]
    assert (rule["labels"], rule["annotations"]) == ({"severity": "info"}, annotations)


def test_what_is_not_monitored_here_is_not_alerted_on() -> None:
    assert "AetherlinkCommandCenterDown" not in rules(scrape_jobs=[])
    assert "PrometheusNotConnectedToAlertmanagers" not in rules(alertmanagers=[])


def test_a_dashboard_is_linked_where_there_is_one() -> None:
    assert "dashboard_url" not in PACK["TargetDown"]["annotations"]
    url = "https://grafana.example/d/fleet?var-env={env}&var-service={service}"
    linked = rules(dashboard_url=url)["AetherlinkVerticalServiceDown"]["annotations"]["dashboard_url"]
    filled = "var-env={{ $labels.env | urlquery }}&var-service={{ $labels.service | urlquery }}"
    assert linked == f"https://grafana.example/d/fleet?{filled}"


def test_a_test_expects_the_link_escaped_as_prometheus_escapes_it() -> None:
    tests = yaml.safe_load(yaml.safe_dump(TESTS).replace("crm", "a b/~é"))
    url = "https://grafana.example/d/fleet?var-service={service}"
    expected = rendered(dashboard_url=url, rule_tests_builtin=tests)["rule_tests/aetherlink-verticals.yml"]
    assert "var-service=a+b%2F~%C3%A9" in expected and "var-service=a b" not in expected


def test_a_group_of_the_users_takes_the_place_of_a_built_in_one_and_of_its_tests() -> None:
    own = {"name": "aetherlink-platform", "rules": [{"record": "a:b:c", "expr": "up"}]}
    files = rendered(rule_groups=[own])
    assert "a:b:c" in files["rules/aetherlink-platform.yml"]
    assert "rule_tests/aetherlink-platform.yml" not in files


# --- bad input


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"alert_overrides": {"AetherlinkVerticalDown": {"for": "1m"}}},
            "prometheus_alert_overrides.AetherlinkVerticalDown overrides an alert that no rule group has "
            '(did you mean "AetherlinkVerticalServiceDown"?): rename it or take it out.',
        ),
        (
            {"alert_overrides": {"Watchdog": {"threshold": 1}}},
            "prometheus_alert_overrides.Watchdog.threshold is set, but Watchdog has no threshold: take it out, or "
            "replace the rule's group in prometheus_rule_groups.",
        ),
        (
            {"alert_overrides": {"Watchdog": {"expr": "up"}}},
            "prometheus_alert_overrides.Watchdog.expr is not a key that exists: use one of enabled, for, severity, "
            "threshold, labels.",
        ),
        (
            {"alert_overrides": {"Watchdog": {"labels": {"team": "{{ $labels.service }}"}}}},
            "prometheus_alert_overrides.Watchdog.labels.team is a template: an override's labels are fixed texts.",
        ),
        (
            {"alert_overrides": {"Watchdog": {"enabled": "no"}}},
            'prometheus_alert_overrides.Watchdog.enabled is "no", but must be true or false: write one of them without '
            "quotes.",
        ),
        (
            {"rule_groups": [{"name": "own", "rules": [{"alert": "Own", "expr": "up == 0"}]}]},
            "prometheus_rule_groups[0].rules[0].annotations has no runbook_url: say where the people whom Own wakes "
            "find what to do.",
        ),
        (
            {"rule_groups": [{"name": "own", "rules": [{"alert": "Own", "expr": "up", "threshold": 1}]}]},
            "prometheus_rule_groups[0].rules[0]: threshold and @threshold@ in expr go together: give both or neither.",
        ),
        (
            {"rule_tests": {"aetherlink-pipeline": {"tests": []}}},
            'prometheus_rule_tests has "aetherlink-pipeline", the name of a built-in group: rename the entry.',
        ),
        (
            {"dashboard_url": "grafana"},
            'prometheus_dashboard_url is "grafana", which is not an http or https URL: write it like '
            "https://host:port/path.",
        ),
    ],
)
def test_bad_input_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        rendered(**changes)
    assert str(raised.value) == sentence


def test_an_override_of_an_alert_in_a_group_that_is_switched_off_is_no_error() -> None:
    rendered(rule_groups_disabled=["aetherlink-pipeline"], alert_overrides={"Watchdog": {"for": "1m"}})


def test_the_pack_names_every_group_once() -> None:
    names = [group["name"] for group in GROUPS]
    assert len(set(names)) == len(names) == 7
    assert {rule_tests.group_of(document) for document in TESTS} == set(names)


# --- the shipped tests in a release


def shipped_in(group: str, **changes: Any) -> dict[str, Any]:
    document = yaml.safe_load(rendered(**changes)[f"rule_tests/{group}.yml"])
    return {test["name"]: test for test in document["tests"]}


def test_a_release_adds_the_links_to_what_a_test_expects() -> None:
    test = shipped_in("aetherlink-verticals")["a service that stops answering, and answers again"]
    (alert,) = test["alert_rule_test"][-1]["exp_alerts"]
    assert alert["exp_labels"] == {"service": "crm", "env": "prod", "severity": "warning"}
    assert alert["exp_annotations"]["runbook_url"].endswith("/AetherlinkVerticalServiceDown")


@pytest.mark.parametrize("env", ["dev", "staging", "prod"])
def test_a_release_fills_in_its_environment(env: str) -> None:
    files = rendered(env=env)
    assert not [name for name, text in files.items() if "@env@" in text]
    assert f"env: {env}" in files["rule_tests/aetherlink-pipeline.yml"]


@pytest.mark.parametrize(
    "override",
    [{"for": "1m"}, {"severity": "critical"}, {"threshold": 2.5}, {"labels": {"team": "x"}}, {"enabled": False}],
)
def test_the_shipped_tests_of_an_overridden_alert_are_skipped_and_no_others(override: dict[str, Any]) -> None:
    name = "AetherlinkVerticalScrapeSlow"
    shipped = shipped_in("aetherlink-verticals")
    left = shipped_in("aetherlink-verticals", alert_overrides={name: override})
    about = {title for title, test in shipped.items() if rule_tests.alerts_of(test) == {name}}
    assert about
    assert left == {title: test for title, test in shipped.items() if title not in about}


def test_the_overridden_alerts_that_have_shipped_tests_are_named() -> None:
    overridden = ["Watchdog", "TargetDown", "AnAlertOfTheUser"]
    assert rule_tests.skipped(TESTS, overridden) == ["TargetDown", "Watchdog"]
