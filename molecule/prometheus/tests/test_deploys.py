# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy does to a running Prometheus: the least that is needed, proven, and nothing when it goes wrong."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://bookworm", "ansible://testing"]  # the oldest and the newest
pytestmark = pytest.mark.usefixtures("afterwards_as_before")
ROOT = Path(__file__).resolve().parents[3]
CONFIG = "/opt/aetherlink/prometheus/current/etc/prometheus.yml"
API = "http://127.0.0.1:9090/api/v1"
JOB = {"job_name": "extra", "static_configs": [{"targets": ["127.0.0.1:9091"]}]}
BROKEN = [{"job_name": "extra", "file_sd_configs": [{"files": ["targets.txt"]}]}]  # what only Prometheus itself knows

Deploy = Callable[..., Any]


@pytest.fixture
def prometheus(component: Callable[[str], Any]) -> Any:
    return component("prometheus")


def has_jobs(get: Any, *wanted: str) -> bool:
    """Prometheus takes up to 5 s from a load of its configuration to the targets in it."""
    deadline = time.monotonic() + 15
    while True:
        found = {target["scrapePool"] for target in get(f"{API}/targets?state=active")["data"]["activeTargets"]}
        if found == set(wanted) or time.monotonic() > deadline:
            return found == set(wanted)
        time.sleep(0.3)


def test_a_new_job_is_reloaded_and_a_removed_one_is_gone(prometheus: Any, deploy: Deploy, get: Any) -> None:
    process = prometheus.process()
    assert deploy(prometheus_scrape_jobs=[JOB]).ok().changed == 1
    assert has_jobs(get, "prometheus", "extra")
    assert prometheus.journal()[-1]["action"] == "reload"
    assert deploy().ok().changed == 1
    assert has_jobs(get, "prometheus")
    assert prometheus.process() == process


def test_a_flag_needs_a_restart_and_gets_one(prometheus: Any, deploy: Deploy, get: Any) -> None:
    process = prometheus.process()
    deploy(prometheus_retention_time="9d").ok()
    assert get(f"{API}/status/flags")["data"]["storage.tsdb.retention.time"] == "9d"
    assert prometheus.journal()[-1]["action"] == "restart"
    assert prometheus.process() != process


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("echo '# by hand' >>/etc/aetherlink/prometheus/prometheus.yml", "etc/prometheus.yml was changed"),
        ("rm /etc/aetherlink/prometheus/rules/example.yml", "etc/rules/example.yml"),
        ("chmod o+r /etc/aetherlink/prometheus/prometheus.yml", "etc/prometheus.yml"),
        ("systemctl stop aetherlink-prometheus", "the service is not running"),
        ("systemctl disable --quiet aetherlink-prometheus", "does not start at boot"),
        ("rm /etc/aetherlink/prometheus", "does not lead to the active configuration"),
        ("echo '[Unit]' >/etc/systemd/system/aetherlink-prometheus.service", "the unit was changed"),
    ],
)
def test_damage_by_hand_is_seen_told_and_mended(host: Host, deploy: Deploy, damage: str, told: str) -> None:
    host.check_output(damage)
    seen = deploy("-v", "--check").ok()
    assert seen.changed == 1
    assert told in seen.output
    assert deploy().ok().changed == 1
    assert deploy().ok().changed == 0
    assert host.service("aetherlink-prometheus").is_running


def test_check_mode_says_what_would_happen_and_does_nothing(prometheus: Any, deploy: Deploy) -> None:
    before = prometheus.state()
    seen = deploy("--check", "--diff", prometheus_scrape_jobs=[JOB]).ok()
    assert seen.changed == 1
    assert "+- job_name: extra" in seen.output
    assert prometheus.state() == before


def test_check_mode_runs_the_checker(prometheus: Any, deploy: Deploy) -> None:
    before = prometheus.state()
    seen = deploy("--check", prometheus_scrape_jobs=BROKEN).refused()
    assert "promtool check config refused the release" in seen.output
    assert prometheus.state() == before


def test_what_the_checker_refuses_is_never_switched(prometheus: Any, deploy: Deploy) -> None:
    before = prometheus.state()
    seen = deploy(prometheus_scrape_jobs=BROKEN).refused()
    assert "promtool check config refused the release" in seen.output
    assert 'path name "targets.txt" is not valid for file discovery' in seen.output
    assert f"Nothing was switched; release {before[0]} is untouched" in seen.output
    assert prometheus.state() == before
    assert prometheus.journal()[-1]["event"] == "refused"


def test_a_broken_scrape_configuration_forced_past_the_checker_is_switched_back(
    prometheus: Any, deploy: Deploy, get: Any
) -> None:
    release, process, _ = prometheus.state()
    seen = deploy(prometheus_scrape_jobs=BROKEN, prometheus_skip_check=True).refused()
    assert "prometheus refused the new configuration" in seen.output
    assert f"switched back to {release}, which is proven and running" in seen.output
    assert "is not valid for file discovery" in seen.output, "the service's own words are missing"
    assert prometheus.release() == release
    assert prometheus.process() == process
    assert has_jobs(get, "prometheus")
    assert "targets.txt" not in get(f"{API}/status/config")["data"]["yaml"]
    assert [event["event"] for event in prometheus.journal()[-2:]] == ["switching", "switched_back"]
    assert deploy().ok().changed == 0


def test_a_flag_that_the_program_does_not_know_is_switched_back(prometheus: Any, deploy: Deploy, get: Any) -> None:
    release = prometheus.release()
    seen = deploy(prometheus_flags={"no.such.flag": "x"}, prometheus_skip_check=True).refused()
    assert f"switched back to {release}, which is proven and running" in seen.output
    assert "no.such.flag" in seen.output
    assert prometheus.release() == release
    assert has_jobs(get, "prometheus")


def test_a_secret_is_a_file_for_the_service_alone_and_never_printed(host: Host, deploy: Deploy) -> None:
    job = {**JOB, "basic_auth": {"username": "u", "password_file": "/etc/aetherlink/prometheus/secrets/extra"}}
    variables = {"prometheus_scrape_jobs": [job]}
    missing = deploy(**variables).refused()
    assert "secrets/extra" in missing.output
    seen = deploy("--diff", "-vvv", **variables, prometheus_secrets={"extra": "s3cr3t-Wert"}).ok()
    assert "s3cr3t-Wert" not in seen.output
    file = host.file("/etc/aetherlink/prometheus/secrets/extra")
    assert (file.content_string, file.mode, file.user) == ("s3cr3t-Wert", 0o640, "root")


# What is there once a deploy has come so far, asked in the component's directory; $journal and $current are of before.
INSTANTS = {
    "locked": "! flock --nonblock .lock true",
    "staging": "ls -A releases | grep -q stage",
    "staged": "test $(wc -l <journal.jsonl) -gt $journal",
    "switching": "test $(wc -l <journal.jsonl) -gt $((journal + 1))",
    "switched": "test $(readlink current) != $current",
}


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_deploy_killed_anywhere_leaves_one_release_whole_and_the_next_run_converges(
    host: Host, prometheus: Any, deploy: Deploy, deployment_command: Callable[..., list[str]], get: Any, instant: str
) -> None:
    new = f"killed-{instant}"
    wanted = [{**JOB, "job_name": new}]
    before = prometheus.journal()
    deploy_and_kill(host, deployment_command(prometheus_scrape_jobs=wanted), INSTANTS[instant])
    events = [event["event"] for event in prometheus.journal()[len(before) :]]
    assert "activated" not in events, "the deploy ended before it could be killed"
    assert host.run("/opt/aetherlink/prometheus/current/bin/promtool check config %s", CONFIG).rc == 0
    assert has_jobs(get, "prometheus") or has_jobs(get, "prometheus", new)
    deploy(prometheus_scrape_jobs=wanted).ok()
    assert has_jobs(get, "prometheus", new)
    assert prometheus.journal()[-1]["event"] == "activated"
    deploy().ok()  # a run that was killed while it pruned leaves what the next deploy sweeps
    assert host.check_output("ls -A /opt/aetherlink/prometheus/releases | grep -v '^[0-9]' || true") == ""


def deploy_and_kill(host: Host, command: list[str], condition: str) -> None:
    """Kill module and playbook at the moment when the condition holds; the host runs no other Python."""
    playbook = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kill = (  # all on the host, so that nothing comes between; a playbook needs a second to get there
        "cd /opt/aetherlink/prometheus; journal=$(wc -l <journal.jsonl) current=$(readlink current); "
        f"for i in $(seq 2000); do if {condition}; then pkill -KILL -x python3; exit; fi; sleep 0.005; done; exit 1"
    )
    try:
        killed = host.run("sh -c %s", kill)
    finally:
        playbook.kill()
        playbook.wait(timeout=30)
    assert killed.rc == 0, f"the deploy could not be killed: {killed.stderr}"
