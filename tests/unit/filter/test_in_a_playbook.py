# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters in a real ansible-playbook: templates, tagged values, and how an error reads there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
INVENTORY = """
all:
  vars: {aether_env: staging, ansible_connection: local, network: 10.0.0}
  hosts:
    mon1: {}
    web1: {ansible_host: "{{ network }}.12"}
  children:
    node: {hosts: {mon1: {}, web1: {}}}
"""
PLAYBOOK = """
- hosts: mon1
  gather_facts: false
  vars:
    interval: 30s
    node_port: 9100
    prometheus_scrape_jobs:
      - {job_name: node, groups: [node], port: "{{ node_port }}", scrape_interval: "{{ interval }}"}
    prometheus_rule_groups:
      - name: own
        rules:
          - alert: Down
            expr: up == 0
            annotations:
              description: !unsafe "{{ $labels.instance }} is down"
              runbook_url: https://runbooks.example/Down
    variables:
      aether_env: "{{ aether_env }}"
      inventory_hostname: "{{ inventory_hostname }}"
      groups: "{{ groups }}"
      hostvars: "{{ hostvars }}"
      prometheus_scrape_jobs: "{{ prometheus_scrape_jobs }}"
      prometheus_scrape_jobs_disabled: [aetherlink-command-center, prometheus, alertmanager, grafana]
      prometheus_alertmanagers: []
      prometheus_rule_groups: "{{ prometheus_rule_groups }}"
    files: "{{ variables | aetherlink.monitoring.prometheus_config }}"
  tasks:
    - ansible.builtin.copy: {content: "{{ item.value }}", dest: "{{ out }}/{{ item.key | basename }}", mode: "0644"}
      loop: "{{ files | dict2items }}"
"""

Play = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    (tmp_path / "play.yml").write_text(PLAYBOOK)

    def run(**variables: Any) -> subprocess.CompletedProcess[str]:
        extra = yaml.safe_dump({"out": str(tmp_path), "ansible_python_interpreter": sys.executable, **variables})
        (tmp_path / "extra.yml").write_text(extra)
        command = [f"{Path(sys.executable).parent}/ansible-playbook", "-i", "hosts.yml", "-e", "@extra.yml", "play.yml"]
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        }
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


def test_templates_become_plain_text_in_the_files(play: Play, tmp_path: Path) -> None:
    result = play()
    assert result.returncode == 0, result.stdout + result.stderr
    (job,) = yaml.safe_load((tmp_path / "prometheus.yml").read_text())["scrape_configs"]
    assert job["scrape_interval"] == "30s"
    assert [entry["targets"] for entry in job["static_configs"]] == [["127.0.0.1:9100"], ["10.0.0.12:9100"]]
    assert {entry["labels"]["env"] for entry in job["static_configs"]} == {"staging"}
    rule = yaml.safe_load((tmp_path / "own.yml").read_text())["groups"][0]["rules"][0]
    assert rule["annotations"]["description"] == "{{ $labels.instance }} is down"


def test_a_mistake_is_one_sentence_and_no_traceback(play: Play) -> None:
    result = play(node_port="ninety")
    assert result.returncode != 0
    output = result.stdout + result.stderr
    assert 'prometheus_scrape_jobs[0].port is "ninety": write a whole number from 1 to 65535' in output
    assert "Traceback" not in output


def test_an_undefined_variable_in_an_address_is_told_with_the_host(play: Play) -> None:
    result = play(network="{{ not_defined }}")
    output = result.stdout + result.stderr
    assert result.returncode != 0
    assert "ansible_host of the host web1 is no text, or a template over something undefined" in output
    assert "Traceback" not in output
