# SPDX-License-Identifier: GPL-3.0-or-later
"""history.yml: what became of the last deploys, told by the host itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

testinfra_hosts = ["ansible://monitored"]
JOB = {"job_name": "probe", "static_configs": [{"targets": ["127.0.0.1:1"]}]}
BROKEN = {"name": "own", "rules": [{"record": "a:b:c", "expr": "sum("}]}


@pytest.mark.usefixtures("afterwards_as_before")
def test_a_deploy_and_a_refusal_are_told_with_what_they_changed(
    deploy: Callable[..., Any], run_playbook: Callable[..., Any], tmp_path: Path
) -> None:
    deploy(prometheus_scrape_jobs=[JOB]).ok()
    deploy(prometheus_scrape_jobs=[JOB], prometheus_rule_groups=[BROKEN]).refused()

    asked = {"component": "prometheus", "history_last": 2, "history_file": str(tmp_path / "history.json")}
    run = run_playbook("playbooks/history.yml", variables=asked).ok()

    (found,) = json.loads((tmp_path / "history.json").read_text())["components"]
    refused, active = found["releases"]
    assert (refused["state"], active["state"]) == ("refused", "active")
    assert "unclosed left parenthesis" in refused["reason"]
    assert active["changes"] == ["job probe added"]
    assert active["id"] == found["active"] and active["by"] and active["before"]
    assert run.changed == 0
    assert "- job probe added" in run.output


def test_without_a_component_all_of_the_host_are_told(run_playbook: Callable[..., Any], tmp_path: Path) -> None:
    run_playbook("playbooks/history.yml", variables={"history_file": str(tmp_path / "history.json")}).ok()

    told = json.loads((tmp_path / "history.json").read_text())["components"]
    expected = {"alertmanager", "command_center", "demo_verticals", "inbox", "prometheus"}
    assert expected <= {component["component"] for component in told}
    for component in told:
        assert [r["state"] for r in component["releases"]].count("active") == 1, component["component"]
