# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input stops before anything is switched, with a sentence that names what is at fault and the way out."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

testinfra_hosts = ["ansible://bookworm"]
STATIC = {"static_configs": [{"targets": ["127.0.0.1:9091"]}]}

BAD = {
    "a wrong type": ({"prometheus_port": "ninety"}, "prometheus_port", "unable to convert to int"),
    "an unknown environment": ({"aether_env": "production"}, "aether_env", "must be one of: dev, staging, prod"),
    "an unknown key": (
        {"prometheus_scrape_jobs": [{"job_name": "a", "scrape_intervall": "5s", **STATIC}]},
        "prometheus_scrape_jobs[0].scrape_intervall",
        'did you mean "scrape_interval"',
    ),
    "a misspelt variable": (
        {"prometheus_scrape_job": []},
        "prometheus_scrape_job is not a variable of this role",
        "did you mean prometheus_scrape_jobs?",
    ),
    "a duplicate job": (
        {"prometheus_scrape_jobs": [{"job_name": "a", **STATIC}, {"job_name": "a", **STATIC}]},
        'prometheus_scrape_jobs[1] is the scrape job "a" again',
        "rename one of the two or take it out",
    ),
    "a bad duration": (
        {"prometheus_scrape_jobs": [{"job_name": "a", "scrape_interval": "often", **STATIC}]},
        "prometheus_scrape_jobs[0].scrape_interval",
        "15s",
    ),
    "a credential in a URL": (
        {"prometheus_remote_write": [{"url": "http://user:hunter2@tsdb.example/write"}]},
        "prometheus_remote_write[0].url",
        "basic_auth",
    ),
    "a missing group": (
        {"prometheus_scrape_jobs": [{"job_name": "a", "groups": ["nowhere"], "port": 1}]},
        'the inventory group "nowhere", which does not exist',
        "add hosts to the group",
    ),
    "a job switched off that does not exist": (
        {"prometheus_scrape_jobs_disabled": ["aetherlink-comand-center"]},
        "prometheus_scrape_jobs_disabled[0]",
        'did you mean "aetherlink-command-center"',
    ),
    "bad PromQL": (
        {"prometheus_rule_groups": [{"name": "own", "rules": [{"record": "a:b", "expr": "sum(up"}]}]},
        "promtool check config refused the release: rules/own.yml:",
        "unclosed left parenthesis",
    ),
    "an override of an alert that does not exist": (
        {"prometheus_alert_overrides": {"AetherlinkVerticalDown": {"for": "1m"}}},
        "prometheus_alert_overrides.AetherlinkVerticalDown overrides an alert that no rule group has",
        'did you mean "AetherlinkVerticalServiceDown"',
    ),
    "a threshold for an alert that has none": (
        {"prometheus_alert_overrides": {"AetherlinkVerticalServiceDown": {"threshold": 3}}},
        "AetherlinkVerticalServiceDown has no threshold",
    ),
    "an alert without a runbook": (
        {"prometheus_rule_groups": [{"name": "own", "rules": [{"alert": "Own", "expr": "up == 0"}]}]},
        "prometheus_rule_groups[0].rules[0].annotations has no runbook_url",
        "where the people whom Own wakes find what to do",
    ),
    "rules that their tests contradict": (
        {
            "prometheus_rule_tests": {
                "own": {
                    "tests": [
                        {
                            "name": "Watchdog rests",
                            "alert_rule_test": [{"eval_time": "1m", "alertname": "Watchdog", "exp_alerts": []}],
                        }
                    ]
                }
            }
        },
        "promtool test rules refused the release: name: Watchdog rests, alertname: Watchdog, time: 1m",
    ),
    "a file that is not there": (
        {"prometheus_scrape_jobs": [{"job_name": "a", "bearer_token_file": "/nowhere/token", **STATIC}]},
        "names the file /nowhere/token, which does not exist",
        "prometheus_secrets",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_and_the_running_release_untouched(assert_refused: Any, case: str) -> None:
    variables, *sentences = BAD[case]
    assert_refused("prometheus", variables, *sentences)


def test_a_host_without_systemd_is_refused(run_playbook: Callable[..., Any]) -> None:
    name = "molecule-prometheus-plain"
    start = ["docker", "run", "--detach", "--rm", "--name", name, "aetherlink-host:bookworm", "sleep", "300"]
    subprocess.run(start, check=True, capture_output=True)
    try:
        seen = run_playbook("playbooks/site.yml", "--limit=bookworm", variables={"ansible_host": name}).refused()
        found = subprocess.run(["docker", "exec", name, "ls", "/opt"], check=True, capture_output=True, text=True)
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)
    assert "does not run systemd, which starts and watches the services: deploy to a host that does" in seen.output
    assert found.stdout == ""
