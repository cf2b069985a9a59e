# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of the example vaults: known, all of them, and refused where they would guard something."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.example_secrets import KNOWN, refuse

INVENTORIES = Path(__file__).resolve().parents[3] / "inventories"
SLACK = "https://slack.staging.example/services/f0edb70ff21cd105"


def examples() -> dict[str, str]:
    secret = VaultSecret((INVENTORIES / "example.vault-password").read_bytes().strip())
    vaults = [
        yaml.safe_load(VaultLib([("default", secret)]).decrypt(path.read_bytes()))
        for path in INVENTORIES.glob("*/group_vars/*/vault.yml")
    ]
    assert len(vaults) >= 2
    return {f"{number}/{name}": value for number, vault in enumerate(vaults) for name, value in vault.items()}


def test_every_value_of_the_vaults_is_known() -> None:
    assert {hashlib.sha256(value.encode()).hexdigest() for value in examples().values()} == KNOWN


def told(environment: str = "prod", host: str = "mon1.fleet.net", *, authority: bool = True, **variables: Any) -> str:
    known = {"inventory_hostname": host, **variables}
    return refuse("alertmanager", environment, known, lambda value: value, authority=authority)


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_an_example_on_a_host_that_somebody_has_is_refused(environment: str) -> None:
    secrets = {"smtp_password": "own-pass-phrase-11", "slack_url": f"{SLACK}\n"}
    assert told(environment, alertmanager_secrets=secrets) == (
        "alertmanager_secrets.slack_url is that of the example vaults, which everybody can read: put a value of your "
        f"own into the vault of {environment}, as docs/secrets.md says under Rotation (hosts below .example may have "
        "the examples)."
    )


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"aether_web_password": SLACK}, "aether_web_password"),
        ({"aether_tls_ca_passphrase": SLACK}, "aether_tls_ca_passphrase"),
        ({"alertmanager_basic_auth_users": {"ann": SLACK}}, "alertmanager_basic_auth_users.ann"),
        ({"alertmanager_secrets": {"webhook": {"url": SLACK}}}, "alertmanager_secrets.webhook.url"),
    ],
)
def test_wherever_it_is_set_it_is_found(variables: dict[str, Any], name: str) -> None:
    assert told(**variables).startswith(f"{name} is that of the example vaults")


@pytest.mark.parametrize("address", ["192.0.2.7", "mon1.fleet.net"])
def test_a_name_of_the_examples_with_an_address_of_somebodys_is_a_host_of_theirs(address: str) -> None:
    assert told(host="mon1.prod.example", ansible_host=address, alertmanager_secrets={"slack_url": SLACK})


@pytest.mark.parametrize(
    ("environment", "variables"),
    [
        ("staging", {"host": "mon1.staging.example"}),
        ("prod", {"host": "mon1.prod.example", "ansible_host": "127.0.0.1"}),
        ("dev", {"host": "laptop"}),
    ],
)
def test_the_examples_as_they_are_pass(environment: str, variables: dict[str, Any]) -> None:
    assert told(environment, alertmanager_secrets={"slack_url": SLACK}, **variables) == ""


def test_ones_own_and_what_guards_nothing_pass() -> None:
    assert told(alertmanager_secrets={"slack_url": "https://slack.fleet.net/services/1", "other": ""}) == ""
    assert told(authority=False, aether_tls_ca_passphrase=SLACK) == ""
    assert told(prometheus_secrets={"x": SLACK}) == "", "of another component, which tells it itself"
