# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions in a real ansible-playbook: how a refusal reads there, and one verification from asking to report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
Play = Callable[..., str]

INVENTORY = """
all:
  vars: {ansible_connection: local, aether_env: dev}
  children:
    alertmanager: {hosts: {mon1: {}, mon2: {}}}
"""
REFUSALS = """
- hosts: mon1
  gather_facts: false
  vars:
    prometheus_scrape_jobs:
      - {job_name: node, static_configs: [{targets: ["10.0.0.1:80"]}], port: ninety}
  tasks:
    - aetherlink.monitoring.component_release: {component: prometheus, state: planned}
      vars: {prometheus_scrape_job: []}
      ignore_errors: true
    - aetherlink.monitoring.component_release: {component: prometheus, state: planned}
      ignore_errors: true
    - aetherlink.monitoring.fetch_archive:
        component: prometheus
        url: https://deploy:hunter2@mirror.example.net/a.tar.gz
        version: 3.5.3
        architecture: amd64
      ignore_errors: true
    - aetherlink.monitoring.component_release: {component: command_center, state: planned}
      vars: {command_center_artifact: /nowhere/command_center.pyz}
      ignore_errors: true
"""
VERIFY = """
- hosts: alertmanager
  gather_facts: false
  tasks:
    - ansible.builtin.fail: {msg: this host is broken}
      when: inventory_hostname == "mon2"
    - aetherlink.monitoring.verify:
        component: alertmanager
        url: "{{ url }}"
        version: 0.25.0
        timeout: 0
        root: "{{ out }}"
      vars:
        alertmanager_receivers: [{name: nobody}]
        alertmanager_route: {receiver: nobody}
        alertmanager_inhibit_rules: []
        alertmanager_time_intervals: []
        alertmanager_routing_tests: []
        alertmanager_global: {}
      register: __alertmanager_verification

- hosts: alertmanager
  gather_facts: false
  tasks:
    - aetherlink.monitoring.verify_report:
        path: "{{ out }}/report.json"
      run_once: true
"""
# The group exists nowhere, so that nothing is written.
CERTIFICATES = """
- hosts: alertmanager
  gather_facts: false
  vars:
    aether_tls: true
    aether_tls_ca_passphrase: a passphrase for tests
    aether_web_password: hunter2-hunter2
    prometheus_user: nobody-has-this-group
    prometheus_scrape_jobs_disabled: [aetherlink-command-center, prometheus, alertmanager, grafana]
    prometheus_alertmanagers: []
  tasks:
    - aetherlink.monitoring.component_certificate: {component: "{{ item }}"}
      loop: [prometheus, prometheus]
      ignore_errors: true
    - aetherlink.monitoring.component_certificate: {component: prometheus}
      ignore_errors: true
"""

HOSTILE = """
- hosts: mon1
  gather_facts: false
  vars: {component_name: prometheus, __component_silence_state: absent, aether_deploy_silence: 5m}
  tasks:
    - ansible.builtin.include_role: {name: aetherlink.monitoring.component, tasks_from: silence.yml}
    - ansible.builtin.debug: {msg: "mon1 downloads from {{ prometheus_archive_url }}"}

- hosts: mon2
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
    - ansible.builtin.debug: {msg: "mon2 downloads from {{ prometheus_archive_url }}"}
    - aetherlink.monitoring.check_variables: {role: prometheus}
"""


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Runs a playbook as verbosely as people do when they look for a mistake; gives what it printed."""
    (tmp_path / "hosts.yml").write_text(INVENTORY)

    def run(text: str, returncode: int, *arguments: str) -> str:
        (tmp_path / "play.yml").write_text(text)
        command = [f"{Path(sys.executable).parent}/ansible-playbook", "-vvv", "-i", "hosts.yml", "play.yml", *arguments]
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(tmp_path / "tmp"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "no_proxy": "*",
        }
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        output = done.stdout + done.stderr
        assert done.returncode == returncode, output
        return output

    return run


def test_refusals_are_sentences_without_tracebacks_and_without_the_password(play: Play) -> None:
    output = play(REFUSALS, 0)

    assert output.count("...ignoring") == 4
    assert (
        "prometheus_scrape_job is not a variable of the role prometheus: did you mean prometheus_scrape_jobs?" in output
    )
    assert 'prometheus_scrape_jobs[0].port is \\"ninety\\": write a whole number' in output
    assert "prometheus_archive_url is a URL with credentials in it: take them out" in output
    assert "command_center_artifact names /nowhere/command_center.pyz, which is not a file" in output
    assert "Traceback" not in output
    assert "hunter2" not in output


def test_a_verification_asks_the_hosts_and_reports_also_the_one_that_was_not_reached(
    play: Play, server: Any, tmp_path: Path
) -> None:
    server.put("/api/v2/status", {"cluster": {"status": "disabled"}, "versionInfo": {"version": "0.25.0"}})
    server.put("/api/v2/receivers", [{"name": "nobody"}])
    current = tmp_path / "alertmanager" / "current"
    current.mkdir(parents=True)
    (current / "release.json").write_text(json.dumps({"id": "0003-3fa9c1d2", "version": "0.25.0-1+b4"}))

    output = play(VERIFY, 2, "-e", f"url={server.url}", "-e", f"out={tmp_path}")

    sentence = "1 of 5 checks failed; the first: alertmanager on mon2, host: wanted asked, seen not reached."
    assert sentence in output and "Traceback" not in output
    rows = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert [(r["host"], r["check"], r["ok"]) for r in rows] == [
        ("mon1", "release", True),
        ("mon1", "version", True),
        ("mon1", "receivers", True),
        ("mon1", "cluster", True),
        ("mon2", "host", False),
    ]


def test_a_host_whose_python_adds_facts_sets_no_variable_of_another_host_and_is_refused(
    play: Play, tmp_path: Path, nobody: str
) -> None:
    """With injection of facts, which is Ansible's default: mon2's Python is the one of the scenario `hostile`."""
    python = tmp_path / "python3"
    script = (ROOT / "molecule/hostile/files/python3-hostile").read_text()
    python.write_text(f"#!{sys.executable}\n{script.partition(chr(10))[2]}")
    python.chmod(0o755)
    (tmp_path / "python3.facts").write_text('{"prometheus_archive_url": "https://evil.example/"}')
    inventory = yaml.safe_load(INVENTORY)
    inventory["all"]["vars"] |= {
        "prometheus_archive_url": "https://mirror.example/",
        "alertmanager_port": int(nobody.rpartition(":")[2]),
    }
    inventory["all"]["children"]["alertmanager"]["hosts"]["mon2"] = {"ansible_python_interpreter": str(python)}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))

    output = play(HOSTILE, 2)

    assert "'matchers'" in (tmp_path / "python3.log").read_text()
    assert "mon1 downloads from https://mirror.example/" in output
    assert "mon2 downloads from https://evil.example/" in output  # by Ansible's own module, which nobody can wrap
    assert "The host mon2 tries to set prometheus_archive_url through facts" in output


@pytest.mark.parametrize(("pipelining", "times"), [("false", 1), ("true", 0)])
def test_a_run_without_pipelining_warns_once_for_each_host_that_is_given_secrets(
    play: Play, pipelining: str, times: int
) -> None:
    output = play(CERTIFICATES, 0, "-e", f"ansible_pipelining={pipelining}")

    shown = " ".join(output.split())
    assert shown.count("nobody-has-this-group does not exist on this host") >= 6
    for host in ("mon1", "mon2"):
        assert shown.count(f"[WARNING]: {host}: Ansible writes secrets to temporary files") == times
    assert "hunter2" not in output
