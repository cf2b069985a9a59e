# SPDX-License-Identifier: GPL-3.0-or-later
"""component_release: what is refused before the host is asked, and what the host (here a double) is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from ansible_collections.aetherlink.monitoring.plugins.action import component_release
from ansible_collections.aetherlink.monitoring.plugins.action.component_release import innermost
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import challenge
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.origins import ORIGINS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import authority
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import of_inventory

Act = Callable[..., dict[str, Any]]

COMPONENT = Component(
    name="prometheus",
    user="aetherlink-prometheus",
    unit={"name": "aetherlink-prometheus.service", "content": "[Unit]"},
    files={"prometheus.yml": "scrape_configs: [{job_name: crm, tls_config: {ca_file: /etc/ssl/crm.pem}}]"},
    flags="ARGS=2",
    program={"method": "package", "version": "", "package": "prometheus"},
    archive={"url": "", "sums_url": "", "sha256": {}},
    origins=ORIGINS,
    checks=[],
    skip_check=False,
    health_check={"ready_url": "http://127.0.0.1:9090/-/ready"},
    keep=5,
    lock_timeout=60,
)
"""What the double of the description says, unless a test gives another one as `described`."""

HOST_ANSWER = {"architecture": "amd64", "distribution": "debian", "distribution_version": "12"}
PLAN = {"changed": False, "pending": False, "reasons": [], "needs": {}, "held": "", "host": HOST_ANSWER}
SUM = "0" * 64


@pytest.fixture
def act(act: Act, monkeypatch: pytest.MonkeyPatch) -> Act:
    """Without `described`, COMPONENT is what the variables are described as."""

    def run(name: str, variables: dict[str, Any], role: str, **arguments: Any) -> dict[str, Any]:
        variables = dict(variables)
        described = variables.pop("described", COMPONENT)
        monkeypatch.setattr(component_release, "describe", lambda _variables: described)
        return act(name, variables, component=role, **arguments)

    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the double of the host was asked."""
    found: list[dict[str, Any]] = []

    def answer(_self: ActionBase, name: str, module_args: dict[str, Any], **_: Any) -> dict[str, Any]:
        found.append({"module": name, **module_args})
        return dict(PLAN)

    monkeypatch.setattr(ActionBase, "_execute_module", answer)
    return found


def variables(**more: Any) -> dict[str, Any]:
    own = {"aether_env": "dev", "inventory_hostname": "mon1", "groups": {}, "hostvars": {"mon1": {}}}
    return {**own, **more}


def refusal(act: Act, role: str, **more: Any) -> str:
    result = act("component_release", variables(**more), role=role, state="planned")
    assert result.keys() == {"failed", "msg"} and result["failed"]
    return str(result["msg"])


@pytest.mark.parametrize(
    ("role", "name", "meant"),
    [
        ("prometheus", "prometheus_scrape_job", "prometheus_scrape_jobs"),
        ("alertmanager", "alertmanager_reciever", "alertmanager_receivers"),
        ("command_center", "command_center_vertical", "command_center_verticals"),
        ("demo_verticals", "demo_verticals_service", "demo_verticals_services"),
    ],
)
def test_a_misspelt_variable_of_a_role_is_refused(
    act: Act, asked: list[dict[str, Any]], role: str, name: str, meant: str
) -> None:
    assert refusal(act, role, **{name: []}) == f"{name} is not a variable of the role {role}: did you mean {meant}?"
    assert not asked


def test_a_number_that_is_a_text_is_refused(act: Act, asked: list[dict[str, Any]]) -> None:
    assert refusal(act, "alertmanager", alertmanager_port="9193") == (
        'alertmanager_port is "9193", which is text: write the number without quotes '
        """(on the command line -e '{"alertmanager_port": NUMBER}')."""
    )
    assert not asked


def test_a_number_may_come_out_of_a_template_and_other_roles_variables_are_not_its_business(
    act: Act, asked: list[dict[str, Any]]
) -> None:
    more = {"alertmanager_port": trust_as_template("{{ base + 93 }}"), "base": 9000, "prometheus_prot": 9093}

    assert act("component_release", variables(**more), role="alertmanager", state="planned").items() >= PLAN.items()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "http://u:hunter2@mirror.example/x.tar.gz"}, "prometheus_archive_url is a URL with credentials in it"),
        ({"url": ""}, "prometheus_archive_url is not set"),
        ({"sha256": {"amd64": "abc"}}, "prometheus_archive_sha256.amd64 is not a sha256"),
        ({"sha256": {"x86_64": SUM}}, "prometheus_archive_sha256.x86_64 is not an architecture: write one of amd64"),
    ],
)
def test_an_archive_is_looked_at_also_where_nothing_has_to_be_fetched(
    act: Act, asked: list[dict[str, Any]], change: dict[str, Any], sentence: str
) -> None:
    archive = {"url": "https://mirror.example/x.tar.gz", "sums_url": "", "sha256": {}, **change}
    component = replace(COMPONENT, program={"method": "archive", "version": "3.5.3"}, archive=archive)

    message = refusal(act, "prometheus", described=component)

    assert sentence in message and "hunter2" not in message
    assert not asked


@pytest.mark.parametrize("key", ["url", "key_url"])
def test_a_repository_with_a_password_in_its_url_is_refused(act: Act, asked: list[dict[str, Any]], key: str) -> None:
    repository = {
        "url": "https://mirror.example",
        "key_url": "https://mirror.example/key",
        key: "https://u:hunter2@m/x",
    }

    message = refusal(act, "prometheus", described=replace(COMPONENT, repository=repository))

    assert (
        message.startswith(f"prometheus_repository_{key} is a URL with credentials in it") and "hunter2" not in message
    )
    assert not asked


def of_archive(**archive: Any) -> Component:
    source = {"url": "https://mirror.example/x.tar.gz", "sums_url": "", "sha256": {}, **archive}
    return replace(COMPONENT, program={"method": "archive", "version": "3.5.3"}, archive=source)


def of_repository(url: str, key_url: str = "https://mirror.example/key") -> Component:
    return replace(COMPONENT, repository={"url": url, "key_url": key_url})


INSECURE = [
    ("prometheus_archive_url", of_archive(url="http://mirror.example/x.tar.gz")),
    ("prometheus_archive_sums_url", of_archive(sums_url="http://mirror.example/sums")),
    ("prometheus_repository_url", of_repository("http://mirror.example")),
    ("prometheus_repository_key_url", of_repository("https://mirror.example", "http://mirror.example/key")),
]


@pytest.mark.parametrize("environment", ["staging", "prod"])
@pytest.mark.parametrize(("variable", "component"), INSECURE)
def test_outside_dev_an_http_download_is_refused(
    act: Act, asked: list[dict[str, Any]], environment: str, variable: str, component: Component
) -> None:
    exceptions = ["alertmanager"]  # another component's exception does not count
    more = {"aether_env": environment, "aether_insecure_downloads": exceptions, "described": component}

    assert refusal(act, "prometheus", **more) == (
        f"{variable} is an http URL, and anybody on the network can replace what it serves: use https, a file URL, or, "
        "if you accept that, add prometheus to aether_insecure_downloads."
    )
    assert not asked


@pytest.mark.parametrize(
    "more", [{"aether_env": "dev"}, {"aether_env": "prod", "aether_insecure_downloads": ["prometheus"]}]
)
@pytest.mark.parametrize(("variable", "component"), INSECURE)
def test_http_is_fine_in_dev_and_where_the_exception_names_the_component(
    act: Act, asked: list[dict[str, Any]], more: dict[str, Any], variable: str, component: Component
) -> None:
    result = act("component_release", variables(**more, described=component), role="prometheus", state="planned")

    assert not result.get("failed"), variable
    assert len(asked) == 1


@pytest.mark.parametrize(
    "component",
    [
        of_archive(),
        of_archive(url="file:///srv/mirror/x.tar.gz", sums_url="file:///srv/mirror/sums"),
        of_repository("https://mirror.example"),
        of_repository("file:/srv/mirror", "file:///srv/mirror/key"),
        of_repository("", "/key"),
    ],
)
def test_https_and_files_are_fine_everywhere(act: Act, asked: list[dict[str, Any]], component: Component) -> None:
    more = variables(aether_env="prod", described=component)

    assert not act("component_release", more, role="prometheus", state="planned").get("failed")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "url", ["ftp://mirror.example/x", "mirror+http://mirror.example/x", "mirror.example/x", "https://a http://b"]
)
@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_other_scheme_is_taken_in_any_environment(
    act: Act, asked: list[dict[str, Any]], environment: str, url: str
) -> None:
    for variable, component in (("archive_url", of_archive(url=url)), ("repository_url", of_repository(url))):
        more = {"aether_env": environment, "aether_insecure_downloads": ["prometheus"]}
        assert refusal(act, "prometheus", **more, described=component) == (
            f"prometheus_{variable} is not an https, http or file URL: write it like https://host:port/path."
        )
    assert not asked


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """answers(host): the double of the host says this of itself in its plan."""

    def set_answer(host: Any) -> None:
        answer = {**PLAN, "pending": True, "host": host}
        monkeypatch.setattr(ActionBase, "_execute_module", lambda *_, **__: dict(answer))

    return set_answer


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ({"architecture": "../../evil/amd64"}, '"../../evil/amd64"'),
        ({"architecture": "x86_64"}, '"x86_64"'),
        ({"architecture": ["amd64"]}, "a list"),
        ({}, "empty"),
        ("amd64", "empty"),
        (None, "empty"),
    ],
)
@pytest.mark.parametrize("component", [COMPONENT, of_archive()])
def test_an_architecture_that_is_not_known_is_refused_with_the_hosts_name(
    act: Act, answers: Callable[[Any], None], host: Any, shown: str, component: Component
) -> None:
    answers(host)

    assert refusal(act, "prometheus", described=component) == (
        f"mon1 reports the architecture {shown}, which this collection does not know: use a host with one of amd64, "
        "arm64, armv7, ppc64le, s390x."
    )


def test_a_pin_without_the_hosts_architecture_is_refused_by_the_plan(act: Act, answers: Callable[[Any], None]) -> None:
    answers({"architecture": "arm64"})
    pinned = of_archive(sha256={"amd64": SUM})

    assert refusal(act, "prometheus", described=pinned) == (
        "prometheus_archive_sha256 has no checksum for arm64, the host's architecture: add "
        "prometheus_archive_sha256.arm64, the sha256 of that archive in quotes."
    )
    for fine in (of_archive(), of_archive(sha256={"arm64": SUM}), replace(COMPONENT, archive=pinned.archive)):
        result = act("component_release", variables(described=fine), role="prometheus", state="planned")
        assert not result.get("failed")


def test_the_host_is_asked_once_for_what_the_description_says(act: Act, asked: list[dict[str, Any]]) -> None:
    act("component_release", variables(), role="prometheus", state="planned")

    (question,) = asked
    assert question["module"] == "aetherlink.monitoring.release"
    assert (question["component"], question["state"], question["environment"]) == ("prometheus", "planned", "dev")
    assert question["group"] == "aetherlink-prometheus"
    assert question["flags"] == "ARGS=2"
    assert question["files"] == COMPONENT.files
    assert "@" in question["by"]
    assert "references" not in question  # nothing is checked yet


def test_a_deploy_takes_along_what_was_brought_and_what_the_configuration_refers_to(
    act: Act, asked: list[dict[str, Any]]
) -> None:
    brought = {"source": "/var/tmp/x.tar.gz", "sha256": "ab"}
    sources = {"prometheus": brought, "alertmanager": {"source": "/var/tmp/y", "sha256": "cd"}}

    more = variables(prometheus_scrape_jobs=[{"job_name": "crm"}])
    act("component_release", more, role="prometheus", state="active", sources=sources)

    (question,) = asked
    assert question["program"] == {"method": "package", "version": "", "package": "prometheus", **brought}
    (reference,) = question["references"]
    assert (reference["path"], reference["where"]) == (
        "/etc/ssl/crm.pem",
        "prometheus_scrape_jobs[0].tls_config.ca_file",
    )
    assert question["revision"]  # this very repository's


TLS = replace(COMPONENT, tls=True, listens={"prometheus_listen_address": "127.0.0.1"})
GROUPS, HOSTVARS = {"prometheus": ["mon1"]}, {"mon1": dict[str, Any]()}
HOST = {"inventory_hostname": "mon1", "aether_tls_ca_passphrase": "a passphrase for tests"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"move_environment": "perhaps"},
            'move_environment is "perhaps", but must be true or false: write one of them without quotes.',
        ),
        (
            {"unhold": "perhaps"},
            'unhold is "perhaps", but must be true or false: write one of them without quotes.',
        ),
        (
            {"aether_open_listening": "inbox"},
            'aether_open_listening is "inbox", but must be a list: start each entry with a dash.',
        ),
        (
            {"aether_open_listening": trust_as_template("{{ nobody }}")},
            "aether_open_listening is made of something that is not set ('nobody' is undefined): set that, in the "
            "inventory or its vault, or correct its name.",
        ),
        (
            {"aether_insecure_downloads": "inbox"},
            'aether_insecure_downloads is "inbox", but must be a list: start each entry with a dash.',
        ),
        (
            {"described": TLS, **HOST, "aether_tls_days": 10},
            "aether_tls_renew_days is not below aether_tls_days, so that each run would make new certificates: shorten "
            "the one or lengthen the other.",
        ),
        (
            {
                "aether_env": "prod",
                "described": replace(COMPONENT, listens={"prometheus_listen_address": "192.0.2.7"}),
            },
            "prometheus_listen_address is 192.0.2.7, where others reach prometheus without TLS or without a password: "
            "set aether_tls and aether_web_password, have it listen on 127.0.0.1, or, where that is meant, put "
            "prometheus into aether_open_listening.",
        ),
    ],
)
def test_what_makes_a_host_open_or_another_ones_is_refused(
    act: Act, asked: list[dict[str, Any]], more: dict[str, Any], sentence: str
) -> None:
    assert refusal(act, "prometheus", **more) == sentence
    assert not asked


@pytest.mark.parametrize(("value", "moves"), [("true", True), (True, True), ("no", False)])
def test_a_host_is_moved_only_where_that_is_said(
    act: Act, asked: list[dict[str, Any]], value: Any, moves: bool
) -> None:
    act("component_release", variables(), role="prometheus", state="planned")
    act("component_release", variables(move_environment=value), role="prometheus", state="active")

    assert [question["move_environment"] for question in asked] == [False, moves]


def test_the_plan_says_whether_the_host_needs_another_certificate(
    act: Act, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The host, a double, has none, then one of another authority."""
    asked: list[dict[str, Any]] = []
    found = {"certificate": "", "authority": "", "trouble": "key.pem is missing"}

    def answer(_self: ActionBase, name: str, module_args: dict[str, Any], **_: Any) -> dict[str, Any]:
        asked.append({"module": name, **module_args})
        return {
            **PLAN,
            "needs": dict[str, Any](),
            "reasons": ["app.conf differs"],
            "certificate": found,
        }

    monkeypatch.setattr(ActionBase, "_execute_module", answer)
    mine = variables(described=TLS, **HOST, inventory_dir=str(tmp_path), groups=GROUPS, hostvars=HOSTVARS)

    first = act("component_release", mine, role="prometheus", state="planned")
    assert first["needs"] == {"certificate": True}
    assert first["reasons"] == ["app.conf differs", "there is no certificate authority yet"]
    assert asked[0]["tls"] is True and HOST["aether_tls_ca_passphrase"] not in str(asked)
    assert list(tmp_path.glob("ca*")) == []

    ca = authority(tmp_path / ".ca", HOST["aether_tls_ca_passphrase"], "dev", lambda: of_inventory(GROUPS, HOSTVARS))
    pair = ca.issue(["mon1", "127.0.0.1"], 90)
    found |= {"certificate": pair.certificate, "authority": pair.authority, "trouble": ""}
    second = act("component_release", mine, role="prometheus", state="planned")
    assert (second["needs"], second["reasons"]) == ({"certificate": False}, ["app.conf differs"])


def test_the_sentence_of_the_plugin_is_found_below_what_ansible_says() -> None:
    def fail() -> None:
        try:
            raise ValueError("prometheus_port is 0: write a port.")
        except ValueError as error:
            raise RuntimeError("The filter plugin failed.") from error

    with pytest.raises(RuntimeError) as raised:
        fail()

    assert innermost(raised.value) == "prometheus_port is 0: write a port."


def test_a_watched_prometheus_with_tls_is_asked_with_what_the_component_has(
    act: Act, asked: list[dict[str, Any]]
) -> None:
    more = {
        "release_watch": [{"name": "no target lost", "query": "min(up)"}],
        "aether_web_password": trust_as_template("{{ 'correct' }} horse"),
        "inventory_hostname": "mon2",
        "group_names": ["alertmanager", "inbox"],
        "groups": {"prometheus": ["mon1"]},
        "hostvars": {"mon1": {"aether_tls": True, "ansible_host": "10.0.0.1"}, "mon2": {}},
    }
    inbox = replace(COMPONENT, name="inbox", files={})

    for component in (COMPONENT, inbox):
        found = act("component_release", variables(**more, described=component), role=component.name, state="active")
        assert not found.get("failed"), found

    first, second = (one["watch"] for one in asked)
    assert first["url"] == "https://10.0.0.1:9090"
    assert first["access"] == {
        "ca_file": "/etc/aetherlink/tls/prometheus/ca.pem",
        "user": "aetherlink",
        "password_file": "/opt/aetherlink/prometheus/current/etc/secrets/web_password",
    }
    assert second["access"]["ca_file"] == "/etc/aetherlink/tls/alertmanager/ca.pem"
    assert "correct horse" not in str(asked)


def test_a_secret_that_everybody_can_read_is_refused(act: Act, asked: list[dict[str, Any]]) -> None:
    component = replace(COMPONENT, name="alertmanager")
    secrets = {"slack_url": "https://slack.staging.example/services/f0edb70ff21cd105"}
    told = refusal(act, "alertmanager", aether_env="staging", alertmanager_secrets=secrets, described=component)
    assert told.startswith("alertmanager_secrets.slack_url is that of the example vaults")
    assert not asked


# Secrets


SECRET = "hunter2-hunter2"
SECRETS = {"secrets/token": SECRET, "secrets/url": "https://hooks.example/1"}
NO_PLAN = {
    "failed": True,
    "msg": "The host mon1 answers what is no plan, so someone with root on mon1 may have changed its Python: inspect "
    "or rebuild mon1, and run again.",
}


class HostWithSecrets:
    """A double of a host: what its active release has, and what the module finds otherwise."""

    def __init__(self, has: dict[str, str], **found: Any) -> None:
        self.has = has
        self.found = {**PLAN, "locked": "", **found}
        self.asked: list[dict[str, Any]] = []

    def answer(self, module_args: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(module_args)
        sums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.has.items()}
        key, names = module_args["challenge"], module_args["secret_names"]
        answer = challenge.answer(key, {name: sums.get(name, "") for name in names})
        return {"answer": answer, **self.found}


@pytest.fixture
def plan(act: Act, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """plan(host, ...) -> the result of the task."""

    def run(host: HostWithSecrets, **more: Any) -> dict[str, Any]:
        def execute(_action: ActionBase, _name: str, module_args: dict[str, Any], **_: Any) -> dict[str, Any]:
            return host.answer(module_args)

        monkeypatch.setattr(ActionBase, "_execute_module", execute)
        mine = variables(described=replace(COMPONENT, secrets=SECRETS), **more)
        return act("component_release", mine, role="prometheus", state="planned")

    return run


def test_a_plan_carries_no_secret_and_no_checksum_of_one(plan: Callable[..., dict[str, Any]]) -> None:
    host = HostWithSecrets(SECRETS)
    plan(host)
    plan(host)

    question, again = host.asked
    assert question["secret_names"] == ["secrets/token", "secrets/url"] and "secrets" not in question
    for text in SECRETS.values():
        assert text not in str(question) and hashlib.sha256(text.encode()).hexdigest() not in str(question)
    assert question["challenge"] != again["challenge"]


def test_what_the_host_answers_about_secrets_goes_no_further(plan: Callable[..., dict[str, Any]]) -> None:
    result = plan(HostWithSecrets(SECRETS))

    assert {key: result[key] for key in result if key != "install"} == PLAN
    assert not any(text in str(result) for text in SECRETS.values())


def test_a_secret_that_differs_makes_the_plan_pending(plan: Callable[..., dict[str, Any]]) -> None:
    result = plan(HostWithSecrets({**SECRETS, "secrets/token": "another"}, reasons=["etc/a differs"], pending=True))

    assert (result["pending"], result["reasons"]) == (True, ["etc/secrets/token differs", "etc/a differs"])


def test_a_secret_that_the_host_lacks_is_its_own_to_report(plan: Callable[..., dict[str, Any]]) -> None:
    reasons = ["etc/secrets/token is new"]
    result = plan(HostWithSecrets({"secrets/url": SECRETS["secrets/url"]}, reasons=reasons, pending=True))

    assert (result["pending"], result["reasons"]) == (True, reasons)


@pytest.mark.parametrize(("more", "pending"), [({}, False), ({"unhold": True}, True)])
def test_a_held_component_is_left_alone_also_where_a_secret_differs(
    plan: Callable[..., dict[str, Any]], more: dict[str, Any], pending: bool
) -> None:
    result = plan(HostWithSecrets({**SECRETS, "secrets/token": "another"}, held="app is held."), **more)

    assert (result["pending"], result["reasons"]) == (pending, ["etc/secrets/token differs"])


def test_a_locked_component_fails_the_plan_only_where_there_is_no_other_secret(
    plan: Callable[..., dict[str, Any]],
) -> None:
    why = {"locked": "Grafana does not take the user's password", "reasons": ["not healthy"], "pending": True}

    refused = plan(HostWithSecrets(SECRETS, **why))
    assert (refused["failed"], refused["msg"]) == (True, "Grafana does not take the user's password.")

    goes_on = plan(HostWithSecrets({**SECRETS, "secrets/token": "another"}, **why))
    assert "failed" not in goes_on and goes_on["pending"]
    assert goes_on["reasons"] == ["etc/secrets/token differs", "not healthy"]


@pytest.mark.parametrize(
    "more",
    [
        {"answer": ["secrets/token"]},
        {"answer": "secrets/token"},
        {"answer": {"secrets/token": 7}},
        {"answer": {"secrets/token": "\u00e9" * 64}},
        {"reasons": "etc/a differs"},
        {"reasons": [{"a": 1}]},
        {"reasons": None},
        {"held": 5},
        {"needs": []},
    ],
)
def test_what_is_no_plan_is_a_sentence_with_its_host(plan: Callable[..., dict[str, Any]], more: dict[str, Any]) -> None:
    assert plan(HostWithSecrets({**SECRETS, "secrets/url": "another"}, **more)) == NO_PLAN


@pytest.mark.parametrize("key", ["certificate", "authority", "trouble", ""])
def test_what_is_no_certificate_is_no_plan(act: Act, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    certificate: Any = {"certificate": "", "authority": "", "trouble": "key.pem is missing", key: None} if key else None
    answer = {**PLAN, "certificate": certificate}
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_, **__: dict(answer))

    mine = variables(described=TLS, **HOST, groups=GROUPS, hostvars=HOSTVARS)
    assert act("component_release", mine, role="prometheus", state="planned") == NO_PLAN


def test_a_plan_that_failed_is_not_looked_at(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"failed": True, "msg": f"no {SECRET}", "answer": {"secrets/token": "x"}, "locked": ["x"]}
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_, **__: dict(answer))

    mine = variables(described=replace(COMPONENT, secrets=SECRETS))
    result = act("component_release", mine, role="prometheus", state="planned")
    assert result["failed"] and result["msg"] == "no ********" and not {"answer", "locked"} & result.keys()


def test_why_a_component_is_locked_commands_no_terminal(plan: Callable[..., dict[str, Any]]) -> None:
    refused = plan(HostWithSecrets(SECRETS, locked="no\x1b[2J\nok: [mon1]"))

    assert (refused["failed"], refused["msg"]) == (True, "no [2J ok: [mon1].")


def test_what_the_host_says_of_its_certificate_commands_no_terminal(
    act: Act, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority(tmp_path / ".ca", HOST["aether_tls_ca_passphrase"], "dev", lambda: of_inventory(GROUPS, HOSTVARS))
    answer = {**PLAN, "certificate": {"certificate": "", "authority": "", "trouble": "no\x1b[2J\nkey"}}
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_, **__: {**answer, "needs": {}})

    mine = variables(described=TLS, **HOST, inventory_dir=str(tmp_path), groups=GROUPS, hostvars=HOSTVARS)
    assert act("component_release", mine, role="prometheus", state="planned")["reasons"] == ["no [2J key"]


@pytest.mark.parametrize("key", ["reasons", "msg"])
def test_a_secret_in_what_the_host_says_is_masked(plan: Callable[..., dict[str, Any]], key: str) -> None:
    found: dict[str, Any] = {"reasons": [f"it answers {SECRET}"]} if key == "reasons" else {"msg": f"not {SECRET}"}
    result = plan(HostWithSecrets(SECRETS, **found))

    assert SECRET not in str(result) and "********" in str(result[key])


def test_a_deploy_carries_the_secrets_and_no_question_about_them(act: Act, asked: list[dict[str, Any]]) -> None:
    mine = variables(described=replace(COMPONENT, secrets=SECRETS))
    act("component_release", mine, role="prometheus", state="active")

    (deploy,) = asked
    assert deploy["secrets"] == SECRETS
    assert not {"secret_names", "challenge"} & deploy.keys()


def test_the_checkers_message_begins_with_the_variable_that_it_is_about(
    act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        "promtool check config refused the release: parsing YAML file prometheus.yml: yaml: unmarshal errors: line 2: "
    )
    said += "field scrape_intervall not found in type config.ScrapeConfig: correct that in the inventory."
    text = "scrape_configs:\n- scrape_intervall: 1s\n  job_name: crm\n"
    component = replace(
        COMPONENT, files={"prometheus.yml": text}, checks=[{"name": "promtool check config"}], origins=ORIGINS
    )
    answer = {"failed": True, "msg": f"{said} Nothing was switched; release 0002 is untouched."}
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_, **__: dict(answer))
    more = {"described": component, "prometheus_scrape_jobs": [{"job_name": "crm"}]}

    result = act("component_release", variables(**more), role="prometheus", state="active")

    assert result["msg"].startswith("prometheus_scrape_jobs[0]: field scrape_intervall not found (did you mean ")
    assert result["msg"].endswith(
        ", says promtool check config: correct that in the inventory. Nothing was switched; release 0002 is untouched."
    )
