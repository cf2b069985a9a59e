# SPDX-License-Identifier: GPL-3.0-or-later
"""Three environments side by side on one network: each is whole, and none can be taken for another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from testinfra.host import Host

testinfra_hosts = ["ansible://services"]
SERVERS = ("staging", "prod")
SERVICES = {"crm", "roofing", "policy", "property", "media"}


@pytest.mark.parametrize("name", ["dev", *SERVERS])
def test_verify_finds_everything_as_wanted(name: str, environment: Any, tmp_path: Path) -> None:
    done = environment(name).play("verify.yml", verify_report=str(tmp_path / "report.json"))
    assert done.returncode == 0, done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"] and all(row["ok"] for row in report["rows"])
    components = {"prometheus", "alertmanager", "command_center", "grafana"}
    assert components <= {row["component"] for row in report["rows"]}
    shown = {row["component"] for row in report["rows"] if row["check"] == "certificate"}
    assert shown == (set() if name == "dev" else components)


@pytest.mark.parametrize("name", SERVERS)
def test_every_series_is_of_its_environment_and_every_target_is_up(name: str, environment: Any, query: Any) -> None:
    env = environment(name)
    wanted = sum(len(hosts) for hosts in env.hosts.values())
    for ups in query(env, "up"):
        assert {series["metric"]["env"] for series in ups} == {name}
        assert [series["value"][1] for series in ups] == ["1"] * wanted
    for services in query(env, "aether_service_up"):
        assert {series["metric"]["service"] for series in services} == SERVICES
        assert {series["metric"]["env"] for series in services} == {name}
        assert {series["value"][1] for series in services} == {"1"}


def test_the_same_services_are_told_apart_by_every_series(environment: Any, query: Any) -> None:
    seen = {name: json.dumps(query(environment(name), "aether_service_up")) for name in SERVERS}
    assert '"prod"' not in seen["staging"] and '"staging"' not in seen["prod"]


def test_alertmanagers_are_a_cluster_of_their_own_environment(environment: Any, ask: Any) -> None:
    for name in SERVERS:
        env = environment(name)
        hosts = env.hosts["alertmanager"]
        questions = [
            {"url": f"https://{host}:9093/api/v2/status", "ca": env.authority, "login": env.login} for host in hosts
        ]
        for answer in ask(*questions):
            cluster = json.loads(answer["text"])["cluster"]
            assert len(cluster.get("peers", [])) == (len(hosts) if len(hosts) > 1 else 0), answer["text"]


@pytest.mark.parametrize("name", SERVERS)
def test_a_certificate_names_its_host_alone_and_is_on_record(name: str, environment: Any, host: Host) -> None:
    env = environment(name)
    script = (
        "import json, ssl, sys\n"
        "print(json.dumps([ssl.get_server_certificate((name, int(port))) for name, port in json.loads(sys.argv[1])]))\n"
    )
    at = [urlsplit(url) for _, url in env.urls]
    shown = json.loads(host.check_output("python3 -c %s %s", script, json.dumps([[u.hostname, u.port] for u in at])))
    record = {issued["serial"]: issued for issued in map(json.loads, env.record.splitlines())}
    clustered = len(env.hosts["alertmanager"]) > 1
    for (component, _), url, pem in zip(env.urls, at, shown, strict=True):
        certificate = x509.load_pem_x509_certificate(pem.encode())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        peers = {"alertmanager-cluster"} if component == "alertmanager" and clustered else set()
        assert {name.value for name in names} == {url.hostname} | peers
        issued = record[f"{certificate.serial_number:x}"]
        assert (issued["host"], issued["component"]) == (url.hostname, component)


@pytest.mark.parametrize("name", SERVERS)
def test_the_authority_is_limited_to_the_domain_of_its_environment(name: str, environment: Any) -> None:
    authority = x509.load_pem_x509_certificate(environment(name).authority.encode())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    permitted = {str(subtree.value) for subtree in limits.value.permitted_subtrees or []}
    assert limits.critical
    assert permitted == {f"{name}.example", "localhost", "alertmanager-cluster", "127.0.0.0/8", "::1/128"}


def test_one_alert_of_a_pair_of_prometheus_reaches_every_alertmanager_once(environment: Any, ask: Any) -> None:
    env = environment("prod")
    for host in env.hosts["alertmanager"]:
        url = f"https://{host}:9093/api/v2/alerts?filter=alertname%3D%22Watchdog%22"
        (answer,) = ask({"url": url, "ca": env.authority, "login": env.login})
        (alert,) = json.loads(answer["text"])
        assert alert["labels"]["env"] == "prod"


def test_an_inventory_of_another_environment_is_refused(environment: Any, host: Host) -> None:
    done = environment("staging").play("site.yml", "--limit=alert1.staging.example", aether_env="prod")
    assert done.returncode != 0
    assert "this host runs alertmanager of staging, but the inventory says that aether_env is prod" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_password_is_no_password_of_another_environment(environment: Any, ask: Any) -> None:
    prod, staging = environment("prod"), environment("staging")
    questions = [{"url": f"{url}/metrics", "ca": prod.authority, "login": staging.login} for _, url in prod.urls]
    assert {answer["status"] for answer in ask(*questions)} == {401}


def test_a_certificate_is_not_trusted_in_another_environment(environment: Any, ask: Any) -> None:
    prod, staging = environment("prod"), environment("staging")
    for answer in ask(*({"url": f"{url}/metrics", "ca": staging.authority} for _, url in prod.urls)):
        assert answer["status"] == 0 and "CERTIFICATE_VERIFY_FAILED" in answer["why"]
