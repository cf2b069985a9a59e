# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy does to a running Prometheus: the least that is needed, proven, and nothing when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

testinfra_hosts = ["ansible://bookworm", "ansible://testing"]  # the oldest and the newest version
pytestmark = pytest.mark.usefixtures("afterwards_as_before")
API = "http://127.0.0.1:9090/api/v1"
JOB = {"job_name": "extra", "static_configs": [{"targets": ["127.0.0.1:9091"]}]}
BROKEN = [{"job_name": "extra", "file_sd_configs": [{"files": ["targets.txt"]}]}]  # what only Prometheus itself knows

Deploy = Callable[..., Any]


def test_a_new_job_is_reloaded_and_a_removed_one_is_gone(prometheus: Any, deploy: Deploy, has_jobs: Any) -> None:
    process = prometheus.process()
    assert deploy(prometheus_scrape_jobs=[JOB]).ok().changed == 1
    assert has_jobs("prometheus", "extra")
    assert prometheus.journal()[-1]["action"] == "reload"
    assert deploy().ok().changed == 1
    assert has_jobs("prometheus")
    assert prometheus.process() == process


def test_a_flag_needs_a_restart_and_gets_one(prometheus: Any, deploy: Deploy, get: Any) -> None:
    process = prometheus.process()
    deploy(prometheus_retention_time="9d").ok()
    assert get(f"{API}/status/flags")["data"]["storage.tsdb.retention.time"] == "9d"
    assert prometheus.journal()[-1]["action"] == "restart"
    assert prometheus.process() != process


def test_an_override_is_live_and_passes_the_rules_own_tests(deploy: Deploy, get: Any) -> None:
    override = {"for": "1m", "severity": "critical", "labels": {"team": "platform"}}
    slow = {"threshold": 8, "for": "0s"}
    overrides = {"AetherlinkVerticalServiceDown": override, "AetherlinkVerticalScrapeSlow": slow}
    seen = deploy(prometheus_alert_overrides={**overrides, "AetherlinkVerticalDataStale": {"enabled": False}}).ok()
    names = ", ".join(sorted([*overrides, "AetherlinkVerticalDataStale"]))
    note = f"prometheus_alert_overrides changes {names}, whose shipped tests are skipped"
    assert note in " ".join(seen.output.split())
    groups = {group["name"]: group["rules"] for group in get(f"{API}/rules")["data"]["groups"]}
    rules = {rule["name"]: rule for rule in groups["aetherlink-verticals"]}
    down = rules["AetherlinkVerticalServiceDown"]
    assert (down["duration"], down["labels"]) == (60, {"severity": "critical", "team": "platform"})
    assert rules["AetherlinkVerticalScrapeSlow"]["query"].endswith("> 8")
    assert "AetherlinkVerticalDataStale" not in rules


def test_what_the_checker_refuses_is_never_switched(prometheus: Any, deploy: Deploy) -> None:
    before = prometheus.state()
    seen = deploy(prometheus_scrape_jobs=BROKEN).refused()
    assert 'path name "targets.txt" is not valid for file discovery, says promtool check config' in seen.output
    assert "prometheus_scrape_jobs[0].file_sd_configs[0].files[0]: path name" in seen.output
    assert f"Nothing was switched; release {before[0]} is untouched" in seen.output
    assert prometheus.state() == before
    assert prometheus.journal()[-1]["event"] == "refused"


def test_a_broken_scrape_configuration_forced_past_the_checker_is_switched_back(
    prometheus: Any, deploy: Deploy, get: Any, has_jobs: Any
) -> None:
    release, process, _ = prometheus.state()
    seen = deploy(prometheus_scrape_jobs=BROKEN, prometheus_skip_check=True).refused()
    assert "prometheus refused the new configuration" in seen.output
    assert f"switched back to {release}, which is healthy and running" in seen.output
    assert "is not valid for file discovery" in seen.output, "the service's own words are missing"
    assert prometheus.release() == release
    assert prometheus.process() == process
    assert has_jobs("prometheus")
    assert "targets.txt" not in get(f"{API}/status/config")["data"]["yaml"]
    assert [event["event"] for event in prometheus.journal()[-2:]] == ["switching", "switched_back"]
    assert deploy().ok().changed == 0


def test_a_flag_that_the_program_does_not_know_is_switched_back(prometheus: Any, deploy: Deploy, has_jobs: Any) -> None:
    release = prometheus.release()
    seen = deploy(prometheus_flags={"no.such.flag": "x"}, prometheus_skip_check=True).refused()
    assert f"switched back to {release}, which is healthy and running" in seen.output
    assert "no.such.flag" in seen.output
    assert prometheus.release() == release
    assert has_jobs("prometheus")
