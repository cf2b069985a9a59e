# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployed Alertmanager, asked through its API: it is the wanted one and does what the inventory says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from testinfra.host import Host

testinfra_hosts = ["ansible://own_routes"]
URL = "http://127.0.0.1:9093"
VERSIONS = {"bookworm": "0.25.", "trixie": "0.28.", "testing": "0.3", "archive": "0.28."}


def test_it_is_the_version_that_its_release_says(host: Host, get: Any, component: Any) -> None:
    running = get(f"{URL}/api/v2/status")["versionInfo"]["version"]
    assert running.startswith(VERSIONS[host.check_output("hostname")])
    assert component("alertmanager").meta()["version"].startswith(running.partition("+")[0])


def test_it_runs_the_receivers_and_routes_of_the_inventory(get: Any) -> None:
    assert {receiver["name"] for receiver in get(f"{URL}/api/v2/receivers")} == {"nobody", "operations"}
    assert 'severity="warning"' in get(f"{URL}/api/v2/status")["config"]["original"]


def test_the_secret_is_a_file_for_the_service_alone(host: Host, get: Any) -> None:
    secret = host.file("/etc/aetherlink/alertmanager/secrets/slack_url")
    assert (secret.content_string, secret.mode) == ("http://127.0.0.1:9/example-secret", 0o640)
    assert (secret.user, secret.group) == ("root", "aetherlink-alertmanager")
    assert "example-secret" not in get(f"{URL}/api/v2/status")["config"]["original"]
    assert "example-secret" not in host.check_output("cat /opt/aetherlink/alertmanager/journal.jsonl")


def test_it_listens_on_the_loopback_alone_and_gossips_with_nobody(host: Host, get: Any) -> None:
    listening = host.check_output("ss -ltnHp | grep alertmanager").splitlines()
    assert [line.split()[3] for line in listening] == ["127.0.0.1:9093"]
    assert get(f"{URL}/api/v2/status")["cluster"]["status"] == "disabled"


def test_it_takes_an_alert_to_its_receiver(host: Host, get: Any) -> None:
    alert = '[{"labels": {"alertname": "Example", "severity": "warning", "env": "staging"}}]'
    script = (
        "import sys, urllib.request; urllib.request.urlopen(urllib.request.Request(sys.argv[1], sys.argv[2].encode(),"
        " {'Content-Type': 'application/json'}), timeout=10)"
    )
    host.check_output("python3 -c %s %s %s", script, f"{URL}/api/v2/alerts", alert)
    (seen,) = (a for a in get(f"{URL}/api/v2/alerts") if a["labels"]["alertname"] == "Example")
    assert [receiver["name"] for receiver in seen["receivers"]] == ["operations"]


def test_verify_says_so_too(run_playbook: Callable[..., Any]) -> None:
    verified = run_playbook("playbooks/verify.yml").ok()
    assert "BAD" not in verified.output
    for name in VERSIONS:
        assert f"{name} alertmanager receivers nobody, operations nobody, operations" in verified.output
