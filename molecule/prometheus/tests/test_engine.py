# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine does for any version of a component: damage, check mode, secrets, and runs that are killed.

On the newest suite alone: the oldest has them in tests/unit/release.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://testing"]
pytestmark = pytest.mark.usefixtures("afterwards_as_before")
ROOT = Path(__file__).resolve().parents[3]
CONFIG = "/opt/aetherlink/prometheus/current/etc/prometheus.yml"
JOB = {"job_name": "extra", "static_configs": [{"targets": ["127.0.0.1:9091"]}]}
BROKEN = [{"job_name": "extra", "file_sd_configs": [{"files": ["targets.txt"]}]}]  # what only Prometheus itself knows

Deploy = Callable[..., Any]


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
    assert "says promtool check config" in seen.output
    assert prometheus.state() == before


# What a program can do when it is checked, as it says itself.
NOSY = r"""#!/bin/sh
user=$(id -un) groups=$(id -Gn) privileges=$(grep -c 'NoNewPrivs.*1' /proc/self/status)
interfaces=$(tail -n +3 /proc/net/dev | cut -d: -f1 | xargs)
roots=$(cat /opt/aetherlink/prometheus/current/release.json 2>&1 | grep -o 'Permission denied')
echo "FAILED: user $user, groups $groups, no new privileges $privileges, interfaces $interfaces, root's file $roots"
exit 1
"""


def test_a_hostile_checker_has_the_rights_of_the_service_and_no_network(
    host: Host, prometheus: Any, deploy: Deploy
) -> None:
    program = host.check_output("readlink -f /opt/aetherlink/prometheus/current/bin/promtool")
    host.check_output(f"mv {program} {program}.kept && cat >{program} <<'END'\n{NOSY}END\nchmod 755 {program}")
    try:
        seen = deploy("--check", prometheus_scrape_jobs=[JOB]).refused()
    finally:
        host.check_output(f"mv {program}.kept {program}")
    assert (
        "promtool check config refused the release: user aetherlink-prometheus, groups aetherlink-prometheus, "
        "no new privileges 1, interfaces lo, root's file Permission denied"
    ) in seen.output


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
    host: Host, prometheus: Any, deploy: Deploy, deployment_command: Any, has_jobs: Any, instant: str
) -> None:
    new = f"killed-{instant}"
    wanted = [{**JOB, "job_name": new}]
    before = prometheus.journal()
    deploy_and_kill(host, deployment_command(prometheus_scrape_jobs=wanted), INSTANTS[instant])
    events = [event["event"] for event in prometheus.journal()[len(before) :]]
    assert "activated" not in events, "the deploy ended before it could be killed"
    assert host.run("/opt/aetherlink/prometheus/current/bin/promtool check config %s", CONFIG).rc == 0
    assert has_jobs("prometheus", maybe=new)
    deploy(prometheus_scrape_jobs=wanted).ok()
    assert has_jobs("prometheus", new)
    assert prometheus.journal()[-1]["event"] == "activated"
    deploy().ok()  # a run that was killed while it pruned leaves what the next deploy sweeps
    assert host.check_output("find /opt/aetherlink/prometheus/releases -mindepth 1 -maxdepth 1 ! -name '[0-9]*'") == ""


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
