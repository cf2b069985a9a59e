# SPDX-License-Identifier: GPL-3.0-or-later
"""component_release: what is refused before the host is asked, and what the host (here a double) is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from ansible_collections.aetherlink.monitoring.plugins.action.component_release import innermost
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.ca_names import of_inventory
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.pki import authority

Act = Callable[..., dict[str, Any]]

COMPONENT = {
    "name": "prometheus",
    "user": "aetherlink-prometheus",
    "unit": {"name": "aetherlink-prometheus.service", "content": "[Unit]"},
    "files": {"prometheus.yml": "scrape_configs: [{tls_config: {ca_file: /etc/ssl/crm.pem}}]"},
    "secrets": {},
    "flags": trust_as_template("ARGS={{ 1 + 1 }}"),
    "restart_on": [],
    "program": {"method": "package", "version": "", "package": "prometheus"},
    "archive": {"url": "", "sums_url": "", "sha256": {}},
    "checks": [],
    "skip_check": False,
    "reloadable": True,
    "proof": {"ready_url": "http://127.0.0.1:9090/-/ready"},
    "keep": 5,
    "lock_timeout": 60,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the double of the host was asked."""
    found: list[dict[str, Any]] = []

    def answer(_self: ActionBase, name: str, module_args: dict[str, Any], **_: Any) -> dict[str, Any]:
        found.append({"module": name, **module_args})
        return {"changed": False, "pending": False}

    monkeypatch.setattr(ActionBase, "_execute_module", answer)
    return found


def variables(**more: Any) -> dict[str, Any]:
    return {"aether_env": "dev", "inventory_hostname": "mon1", "component_description": COMPONENT, **more}


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
    assert refusal(act, role, **{name: []}) == f"{name} is not a variable of this role: did you mean {meant}?"
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

    assert act("component_release", variables(**more), role="alertmanager", state="planned") == {
        "changed": False,
        "pending": False,
    }
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "http://u:hunter2@mirror.example/x.tar.gz"}, "prometheus_archive_url is a URL with credentials in it"),
        ({"url": ""}, "prometheus_archive_url is not set"),
        ({"sha256": {"amd64": "abc"}}, "prometheus_archive_sha256.amd64 is not a sha256"),
    ],
)
def test_an_archive_is_looked_at_also_where_nothing_has_to_be_fetched(
    act: Act, asked: list[dict[str, Any]], change: dict[str, Any], sentence: str
) -> None:
    archive = {"url": "https://mirror.example/x.tar.gz", "sums_url": "", "sha256": {}, **change}
    component = {**COMPONENT, "program": {"method": "archive", "version": "3.5.3"}, "archive": archive}

    message = refusal(act, "prometheus", component_description=component)

    assert sentence in message and "hunter2" not in message
    assert not asked


@pytest.mark.parametrize("key", ["url", "key_url"])
def test_a_repository_with_a_password_in_its_url_is_refused(act: Act, asked: list[dict[str, Any]], key: str) -> None:
    repository = {
        "url": "https://mirror.example",
        "key_url": "https://mirror.example/key",
        key: "https://u:hunter2@m/x",
    }

    message = refusal(act, "prometheus", component_description={**COMPONENT, "repository": repository})

    assert (
        message.startswith(f"prometheus_repository_{key} is a URL with credentials in it") and "hunter2" not in message
    )
    assert not asked


def test_the_host_is_asked_once_for_what_the_description_says(act: Act, asked: list[dict[str, Any]]) -> None:
    act("component_release", variables(), role="prometheus", state="planned")

    (question,) = asked
    assert question["module"] == "aetherlink.monitoring.release"
    assert (question["component"], question["state"], question["environment"]) == ("prometheus", "planned", "dev")
    assert question["group"] == "aetherlink-prometheus"
    assert question["flags"] == "ARGS=2"
    assert question["files"] == COMPONENT["files"]
    assert "@" in question["by"]
    assert "references" not in question  # nothing is checked yet


def test_a_deploy_takes_along_what_was_brought_and_what_the_configuration_refers_to(
    act: Act, asked: list[dict[str, Any]]
) -> None:
    brought = {"source": "/var/tmp/x.tar.gz", "sha256": "ab"}
    sources = {"prometheus": brought, "alertmanager": {"source": "/var/tmp/y", "sha256": "cd"}}

    act("component_release", variables(), role="prometheus", state="active", sources=sources)

    (question,) = asked
    assert question["program"] == {"method": "package", "version": "", "package": "prometheus", **brought}
    assert [reference["path"] for reference in question["references"]] == ["/etc/ssl/crm.pem"]
    assert question["revision"]  # this very repository's


TLS = {**COMPONENT, "tls": True, "listens": {"prometheus_listen_address": "127.0.0.1"}, "secured": False}
GROUPS, HOSTVARS = {"all": ["mon1"]}, {"mon1": dict[str, Any]()}
HOST = {"inventory_hostname": "mon1", "aether_tls_ca_passphrase": "a passphrase for tests"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"move_environment": "perhaps"}, 'move_environment is "perhaps": make it true, or take it out.'),
        ({"unhold": "perhaps"}, 'unhold is "perhaps": make it true, or take it out.'),
        (
            {"aether_open_listening": "inbox"},
            'aether_open_listening is "inbox", but must be a list: start each entry with a dash.',
        ),
        (
            {"aether_open_listening": trust_as_template("{{ nobody }}")},
            "'nobody' is undefined",
        ),
        (
            {"component_description": TLS, **HOST, "aether_tls_days": 10},
            "aether_tls_renew_days is not below aether_tls_days, so that each run would make new certificates: shorten "
            "the one or lengthen the other.",
        ),
        (
            {
                "aether_env": "prod",
                "component_description": {**COMPONENT, "listens": {"prometheus_listen_address": "192.0.2.7"}},
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
        return {"changed": False, "pending": False, "needs": {}, "reasons": ["app.conf differs"], "certificate": found}

    monkeypatch.setattr(ActionBase, "_execute_module", answer)
    mine = variables(component_description=TLS, **HOST, inventory_dir=str(tmp_path))

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
    inbox = {**COMPONENT, "name": "inbox", "files": {}}

    for component in (COMPONENT, inbox):
        found = act(
            "component_release", variables(**more, component_description=component), role="prometheus", state="active"
        )
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
    component = {**COMPONENT, "name": "alertmanager"}
    secrets = {"slack_url": "https://slack.staging.example/services/f0edb70ff21cd105"}
    told = refusal(
        act, "alertmanager", aether_env="staging", alertmanager_secrets=secrets, component_description=component
    )
    assert told.startswith("alertmanager_secrets.slack_url is that of the example vaults")
    assert not asked
