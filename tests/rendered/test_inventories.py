# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories of the checkout and the examples of the documentation, through Ansible and the roles' own variables.

Each role is in a play that skips its tasks: so its argument spec is validated, and its defaults and variables take
their real place between those of the inventory. No host is contacted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rendered.playbook import ROOT, ansible, answers

ENVIRONMENTS = ("dev", "staging", "prod")
VAULT = f"--vault-password-file={ROOT}/inventories/example.vault-password"
SERVERS = ("prometheus", "alertmanager")
JOBS = {
    "aetherlink-command-center": "command_center",
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
    "grafana": "grafana",
}

Rendered = dict[tuple[str, str], dict[str, Any]]
"""By role and host: files {path: text} and variables."""


def question(role: str) -> dict[str, Any]:
    return {
        "files": "{{ described.component.files }}",
        "variables": {
            "listen_address": f"{{{{ {role}_listen_address }}}}",
            "install_method": f"{{{{ {role}_install_method | default('artifact') }}}}",
            "version": f"{{{{ {role}_version | default('') }}}}",
            "archive_url": f"{{{{ {role}_archive_url | default('') }}}}",
            "flags": "{{ described.component.flags }}",
        },
    }


def render(directory: Path, env: str, *arguments: str) -> Rendered:
    questions = {role: question(role) for role in ("demo_verticals", "inbox", "command_center", "grafana", *SERVERS)}
    found = answers(directory, questions, "-i", str(ROOT / "inventories" / env), VAULT, *arguments)
    assert found
    return found


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rendered]:
    directories = [tmp_path_factory.mktemp(env) for env in ENVIRONMENTS]
    with ThreadPoolExecutor() as pool:
        return dict(zip(ENVIRONMENTS, pool.map(render, directories, ENVIRONMENTS)))


def inventory(env: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "inventories" / env / "hosts.yml").read_text())["all"]


def jobs_of(env: str) -> dict[str, str]:
    """Dev does not scrape Grafana, which may be left out there."""
    return {job: group for job, group in JOBS.items() if env != "dev" or job != "grafana"}


def hosts_of(env: str, group: str) -> list[str]:
    return list((inventory(env)["children"].get(group) or {}).get("hosts", {}))


def configuration(answer: Mapping[str, Any]) -> dict[str, Any]:
    (name,) = (name for name in answer["files"] if "/" not in name and name != "routing_tests.json")
    return yaml.safe_load(answer["files"][name])  # JSON is YAML


def every(rendered: Rendered, role: str) -> list[dict[str, Any]]:
    answers = [answer for (name, _), answer in rendered.items() if name == role]
    assert answers
    return answers


def only(rendered: Rendered, role: str) -> dict[str, Any]:
    (answer,) = (answer for (name, _), answer in rendered.items() if name == role)
    return answer


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_playbooks_fit_the_inventory_without_a_warning(env: str, tmp_path: Path) -> None:
    playbooks = [str(ROOT / "playbooks" / name) for name in ("site.yml", "verify.yml", "drill.yml", "silence.yml")]
    done = ansible(tmp_path, "-i", str(ROOT / "inventories" / env), VAULT, "--syntax-check", *playbooks)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_host_of_a_component_gets_its_files(everything: dict[str, Rendered], env: str) -> None:
    wanted = {(group, host) for group in ("command_center", "grafana", *SERVERS) for host in hosts_of(env, group)}
    wanted |= {(group, host) for group in ("demo_verticals", "inbox") for host in hosts_of(env, group)}
    assert set(everything[env]) == wanted


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_environment_reaches_every_series(everything: dict[str, Rendered], env: str) -> None:
    for answer in every(everything[env], "prometheus"):
        prometheus = configuration(answer)
        assert prometheus["global"]["external_labels"]["env"] == env
        static = [entry for job in prometheus["scrape_configs"] for entry in job["static_configs"]]
        assert {entry["labels"]["env"] for entry in static} == {env}
    assert configuration(only(everything[env], "command_center"))["env"] == env


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_nothing_that_an_environment_is_given_names_another(everything: dict[str, Rendered], env: str) -> None:
    """What every environment has alike (dashboards, templates, the tests of rules) is looked at by its own tests."""
    others = "|".join(set(ENVIRONMENTS) - {env, "dev"})  # "dev" is a part of too many words
    alike = ("rule_tests/", "rules/", "dashboards/", "templates/", "routing_tests.json")
    for (role, host), answer in everything[env].items():
        for name, text in answer["files"].items():
            if not name.startswith(alike):
                assert not re.search(rf"\b({others})\b", text), (role, host, name)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_targets_are_the_hosts_of_the_groups(everything: dict[str, Rendered], env: str) -> None:
    for answer in every(everything[env], "prometheus"):
        prometheus = configuration(answer)
        seen = {
            job["job_name"]: [entry["labels"]["instance"].rpartition(":")[0] for entry in job["static_configs"]]
            for job in prometheus["scrape_configs"]
        }
        assert seen == {job: hosts_of(env, group) for job, group in jobs_of(env).items()}
        (alertmanagers,) = prometheus["alerting"]["alertmanagers"]
        assert len(alertmanagers["static_configs"]) == len(hosts_of(env, "alertmanager"))


def test_the_hosts_of_an_environment_are_those_of_no_other() -> None:
    hosts = {env: {host for group in JOBS.values() for host in hosts_of(env, group)} for env in ENVIRONMENTS}
    assert {len(hosts[env]) for env in ENVIRONMENTS} == {1, 3, 6}
    assert sum(map(len, hosts.values())) == len(set.union(*hosts.values()))
    assert [len(hosts_of("prod", group)) for group in ("prometheus", "alertmanager", "grafana")] == [2, 3, 1]


@pytest.mark.parametrize("env", ("staging", "prod"))
def test_servers_are_asked_over_tls_with_a_password(everything: dict[str, Rendered], env: str) -> None:
    for answer in every(everything[env], "prometheus"):
        document = configuration(answer)
        asked = [*document["scrape_configs"], *document["alerting"]["alertmanagers"]]
        assert {one["scheme"] for one in asked} == {"https"}
        called = ("prometheus", "alertmanager", "command_center", "grafana")
        assert {one["basic_auth"]["password_file"] for one in asked} == {
            f"secrets/web_password_for_{component}" for component in called
        }
        assert {one["basic_auth"]["username"] for one in asked} == {"aetherlink-prometheus"}
        assert {one["tls_config"]["ca_file"] for one in asked} == {"/etc/aetherlink/tls/prometheus/ca.pem"}
        targets = [target for one in asked for entry in one["static_configs"] for target in entry["targets"]]
        assert all(target.partition(":")[0].endswith(f".{env}.example") for target in targets)


def test_dev_is_asked_as_it_is(everything: dict[str, Rendered]) -> None:
    jobs = configuration(only(everything["dev"], "prometheus"))["scrape_configs"]
    assert [job["static_configs"][0]["targets"] for job in jobs] == [
        [f"127.0.0.1:{port}"] for port in (8010, 9090, 9093)
    ]
    assert [set(job) & {"scheme", "basic_auth", "tls_config"} for job in jobs] == [set()] * 3


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_environment_has_the_five_verticals_in_both_kinds(everything: dict[str, Rendered], env: str) -> None:
    verticals = configuration(only(everything[env], "command_center"))["verticals"]
    assert [v["name"] for v in verticals] == ["crm", "roofing", "policy", "property", "media"]
    assert {v["kind"] for v in verticals} == {"stats", "exposition"}


def test_verticals_are_those_of_the_environment(everything: dict[str, Rendered]) -> None:
    for env in ("staging", "prod"):
        verticals = configuration(only(everything[env], "command_center"))["verticals"]
        urls = {v["name"]: v["url"] for v in verticals}
        assert urls["crm"] == f"http://crm.{env}.example:8101/stats"
        assert all(f".{env}.example:" in url for url in urls.values())


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("role", SERVERS)
def test_dev_takes_packages_and_the_others_archives(everything: dict[str, Rendered], env: str, role: str) -> None:
    variables = every(everything[env], role)[0]["variables"]
    if env == "dev":
        assert variables["install_method"] == "package"
        return
    assert variables["install_method"] == "archive"
    assert re.fullmatch(r"\d+\.\d+\.\d+", variables["version"])
    url = variables["archive_url"]
    assert re.fullmatch(r"https://mirror\.example/.*-\{version\}\.linux-\{architecture\}\.tar\.gz", url)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_retention_is_that_of_the_platform(everything: dict[str, Rendered], env: str) -> None:
    assert "--storage.tsdb.retention.time=15d" in every(everything[env], "prometheus")[0]["variables"]["flags"]


def examples(page: str) -> list[str]:
    """The indented blocks of a page, each as text that starts in the first column."""
    blocks = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", page, re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip("\n") + "\n" for block in blocks]


def variables_of_roles() -> set[str]:
    specs = [yaml.safe_load(path.read_text()) for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    return {name for spec in specs for name in spec["argument_specs"]["main"]["options"]}


def test_the_documented_examples_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GATEWAY_PASSWORD", "SLACK_URL", "PAGERDUTY_KEY"):
        monkeypatch.setenv(name, "a secret for tests")
    (tmp_path / "media.yml").write_text("media: {hosts: {media1.staging.example: }}\n")  # a group that examples name
    arguments = ["-i", str(tmp_path / "media.yml")]
    for number, text in enumerate(examples((ROOT / "docs" / "configuration.md").read_text())):
        # Ansible would pass over a variable that no role has.
        assert set(re.findall(r"^\w+", text, re.MULTILINE)) <= variables_of_roles(), text
        path = tmp_path / f"example{number}.yml"
        path.write_text(text)
        arguments += ["-e", f"@{path}"]
    rendered = render(tmp_path, "staging", *arguments)

    prometheus = only(rendered, "prometheus")
    jobs = [job["job_name"] for job in configuration(prometheus)["scrape_configs"]]
    assert jobs == ["aetherlink-command-center", "prometheus", "grafana", "media", "gateway"]
    (rule,) = yaml.safe_load(prometheus["files"]["rules/media.yml"])["groups"][0]["rules"]
    assert rule["annotations"]["description"].startswith("{{ $labels.env }} has")
    assert "--web.enable-remote-write-receiver " in prometheus["variables"]["flags"].replace('"', " ")
    receivers = [r["name"] for r in configuration(only(rendered, "alertmanager"))["receivers"]]
    assert receivers == ["nobody", "operations"]
    verticals = configuration(only(rendered, "command_center"))["verticals"]
    assert [v["name"] for v in verticals] == ["crm", "uploads", "property"]
