# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy does to a running Alertmanager: the least that is needed, proven, and nothing when it goes wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://bookworm", "ansible://testing"]  # the oldest and the newest
pytestmark = pytest.mark.usefixtures("afterwards_as_before")
URL = "http://127.0.0.1:9093"
BROKEN = {"broken.tmpl": '{% raw %}{{ define "open" }}{% endraw %}'}
FAILING = {"example.tmpl": BROKEN["broken.tmpl"].replace("open", "example.title")}
FAILING["example.tmpl"] += "{% raw %}{{ .CommonLabels.alertname.nope }}{{ end }}{% endraw %}"

Deploy = Callable[..., Any]


@pytest.fixture
def alertmanager(component: Callable[[str], Any]) -> Any:
    return component("alertmanager")


def receivers(get: Any) -> set[str]:
    return {receiver["name"] for receiver in get(f"{URL}/api/v2/receivers")}


def test_a_new_receiver_is_reloaded_and_the_old_ones_are_gone(alertmanager: Any, deploy: Deploy, get: Any) -> None:
    process = alertmanager.process()
    other = {"alertmanager_receivers": [{"name": "other"}], "alertmanager_route": {"receiver": "other"}}
    deploy(**other, alertmanager_routing_tests=[]).ok()
    assert receivers(get) == {"other"}
    assert alertmanager.process() == process
    assert alertmanager.journal()[-1]["action"] == "reload"


def test_a_changed_secret_is_reloaded_and_masked_in_the_diff(host: Host, alertmanager: Any, deploy: Deploy) -> None:
    process = alertmanager.process()
    secrets = {"slack_url": "http://127.0.0.1:9/another-s3cret"}
    seen = deploy("--check", "--diff", "-vvv", alertmanager_secrets=secrets).ok()
    seen_for_real = deploy("--diff", "-vvv", alertmanager_secrets=secrets).ok()
    for output in (seen.output, seen_for_real.output):
        assert "secrets/slack_url" in output
        assert "s3cret" not in output and "example-secret" not in output
    assert "another-s3cret" in host.file("/etc/aetherlink/alertmanager/secrets/slack_url").content_string
    assert alertmanager.process() == process


def test_a_flag_needs_a_restart_and_gets_one(alertmanager: Any, deploy: Deploy, host: Host) -> None:
    process = alertmanager.process()
    deploy(alertmanager_flags={"data.retention": "48h"}).ok()
    assert "--data.retention=48h" in host.check_output(f"tr '\\0' ' ' </proc/{alertmanager.process()[0]}/cmdline")
    assert alertmanager.process() != process


def test_a_broken_template_is_refused_by_the_checker(alertmanager: Any, deploy: Deploy) -> None:
    before = alertmanager.state()
    seen = deploy(alertmanager_templates=BROKEN).refused()
    assert 'alertmanager_templates["broken.tmpl"]: template: broken.tmpl' in seen.output
    assert "says amtool check-config" in seen.output
    assert alertmanager.state() == before


def test_a_broken_template_forced_past_the_checker_is_switched_back(
    alertmanager: Any, deploy: Deploy, get: Any
) -> None:
    release, process, _ = alertmanager.state()
    seen = deploy(alertmanager_templates=BROKEN, alertmanager_skip_check=True).refused()
    assert "alertmanager refused the new configuration" in seen.output
    assert f"switched back to {release}, which is healthy and running" in seen.output
    assert "broken.tmpl" in seen.output, "the service's own words are missing"
    assert (alertmanager.release(), alertmanager.process()) == (release, process)
    assert receivers(get) == {"nobody", "operations"}
    assert deploy().ok().changed == 0


BAD = {  # what the program's version has a say in; all else is in tests/bad_input/corpus
    "a template that fails on an alert": (
        {"alertmanager_templates": FAILING},
        'the notifications refused the release: receiver "operations", slack_configs[0].title: template:',
        "can't evaluate field nope",
    ),
    "a route that breaks a routing test": (
        {"alertmanager_route": {"receiver": "nobody"}},
        'the routing tests refused the release: routing test "warnings are told": goes to nobody, not to operations',
    ),
    "a secret that is not there": (
        {"alertmanager_secrets": {}},
        "names the file /etc/aetherlink/alertmanager/secrets/slack_url, which does not exist",
        "alertmanager_secrets",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_and_the_running_release_untouched(assert_refused: Any, case: str) -> None:
    variables, *sentences = BAD[case]
    assert_refused("alertmanager", variables, *sentences)


def test_the_archive_method_goes_up_a_version(run_playbook: Callable[..., Any]) -> None:
    versions = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "versions"
    newest = (versions / "alertmanager-testing").read_text().strip()
    variables = {"alertmanager_version": newest}
    run_playbook("playbooks/site.yml", "--limit=archive", variables=variables).ok()
    verified = run_playbook("playbooks/verify.yml", "--limit=archive", variables=variables).ok()
    assert f"ok archive alertmanager version {newest} {newest}" in verified.output
    run_playbook("playbooks/site.yml", "--limit=archive").ok()
