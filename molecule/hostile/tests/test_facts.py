# SPDX-License-Identifier: GPL-3.0-or-later
"""What web1's Python adds to its answers sets no variable: not its own, and not another host's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import authority
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import OWN, of_variable
from testinfra.host import Host

testinfra_hosts = ["ansible://mon1"]
EVIL = "evil.example"
SOURCE = {
    "prometheus_install_method": "archive",
    "prometheus_version": "3.5.99",
    "prometheus_archive_url": "http://127.0.0.1:9/prometheus-{version}.linux-{architecture}.tar.gz",
}
INJECTED = {"ANSIBLE_INJECT_FACT_VARS": "true"}
PYTHON = "/usr/bin/python3"


@pytest.fixture
def web1(host: Host) -> Host:
    return Host.get_host("ansible://web1", ansible_inventory=host.backend.ansible_inventory)


@pytest.fixture
def answering(web1: Host) -> Iterator[Callable[..., Callable[[str], int]]]:
    """answering(name=value): web1's Python adds these facts from now on. Gives what counts the answers that had them,
    by an option of their module."""

    def start(**facts: Any) -> Callable[[str], int]:
        web1.check_output("echo %s > %s", json.dumps(facts), f"{PYTHON}.facts")
        return lambda option: int(web1.check_output("grep -c %s %s", f"'{option}'", f"{PYTHON}.log"))

    yield start
    web1.check_output("rm -f %s %s", f"{PYTHON}.facts", f"{PYTHON}.log")


@pytest.fixture
def deploy_to_web1(web1: Host, run_playbook: Callable[..., Any]) -> Callable[..., Any]:
    """From its missing user on, so that modules of Ansible's own answer with facts before there is a certificate."""

    def run(**environment: str) -> Any:
        web1.run("userdel aetherlink-alertmanager")
        return run_playbook("playbooks/site.yml", "--limit=web1", environment={**INJECTED, **environment})

    return run


def refusal(*names: str) -> str:
    return (
        f"The host web1 tries to set {', '.join(names)} through facts, which only the inventory may set: someone with "
        "root on web1 may have changed its Python, so inspect or rebuild web1 and run again with --flush-cache."
    )


def test_a_task_that_is_delegated_sets_no_variable_of_the_host_that_is_deployed_to(
    host: Host, answering: Any, run_playbook: Callable[..., Any]
) -> None:
    answers = answering(aether_tls_names=[EVIL], prometheus_retention_time="666d", **SOURCE)

    run = run_playbook("playbooks/site.yml", "--limit=mon1", environment=INJECTED).ok()

    assert "mon1 -> web1" in run.output
    assert answers("matchers") == 4  # for each component a silence and its end
    assert answers("tags") == 2  # and a mark in Grafana
    release = json.loads(host.check_output("cat /opt/aetherlink/prometheus/current/release.json"))
    assert release["method"] == "package"
    assert "666d" not in host.check_output("systemctl show aetherlink-prometheus --property=ExecStart")
    assert "666d" not in host.check_output("cat /opt/aetherlink/prometheus/current/flags.env")
    for component in ("alertmanager", "prometheus"):
        assert host.service(f"aetherlink-{component}").is_running
        names = certificate_names(host, component)
        assert "DNS:mon1" in names
        assert EVIL not in names


def certificate_names(host: Host, component: str) -> str:
    return host.check_output(
        f"openssl x509 -in /etc/aetherlink/tls/{component}/certificate.pem -noout -ext subjectAltName"
    )


def test_its_own_certificate_has_no_names_that_it_asks_for(web1: Host, answering: Any, deploy_to_web1: Any) -> None:
    answering(aether_tls_names=["mon1", EVIL])

    run = deploy_to_web1()

    assert not web1.file("/etc/aetherlink/tls/alertmanager/certificate.pem").exists
    assert refusal("aether_tls_names") in run.refused().output


def test_it_chooses_no_authority_and_no_name_of_its_own(
    web1: Host, answering: Any, deploy_to_web1: Any, tmp_path: Path
) -> None:
    """Variables that Ansible itself has of a host."""
    answering(inventory_dir=str(tmp_path), inventory_hostname_short="mon1")

    run = deploy_to_web1()

    assert not web1.file("/etc/aetherlink/tls/alertmanager/certificate.pem").exists
    assert list(tmp_path.glob(".ca*")) == []
    assert refusal("inventory_dir", "inventory_hostname_short") in run.refused().output


def test_it_gets_no_file_of_the_controller(web1: Host, answering: Any, deploy_to_web1: Any, tmp_path: Path) -> None:
    company = authority(tmp_path / "ca", "a passphrase for tests", "staging", lambda: of_variable(["mon1"]) or OWN)
    pair = company.issue(["mon1", "localhost", "127.0.0.1"], 90)
    files = {"certificate": pair.certificate, "key": pair.key, "ca": pair.authority}
    for name, text in files.items():
        (tmp_path / f"{name}.pem").write_text(text)
    named = {name: str(tmp_path / f"{name}.pem") for name in files}
    answering(aether_tls_files=named, aether_address="mon1")

    run = deploy_to_web1()

    assert not web1.file("/etc/aetherlink/tls/alertmanager/key.pem").exists
    assert refusal("aether_address", "aether_tls_files") in run.refused().output


def test_it_opens_no_firewall_of_another_host(
    host: Host, answering: Any, deploy_to_web1: Any, run_playbook: Callable[..., Any], tmp_path: Path
) -> None:
    """The facts of an earlier run are in a cache, and mon1 lets in whoever asks its Prometheus."""
    cache = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path)}
    answering(aether_address="0.0.0.0/0")
    deploy_to_web1(**cache).refused()
    (cached,) = tmp_path.glob("*web1")
    assert "0.0.0.0/0" in cached.read_text()

    def firewall(*arguments: str) -> Any:
        variables = {"host_firewall": "nftables"}
        environment = {**INJECTED, **cache}
        return run_playbook(
            "playbooks/hosts.yml", "--limit=mon1", *arguments, variables=variables, environment=environment
        )

    try:
        assert refusal("aether_address") in firewall().refused().output
        assert not host.file("/etc/aetherlink/firewall.nft").exists

        firewall("--flush-cache").ok()
        rules = host.check_output("nft list ruleset")
        assert "dport 9090" in rules
        assert "/0" not in rules
    finally:
        run_playbook("playbooks/hosts.yml", "--limit=mon1").ok()
