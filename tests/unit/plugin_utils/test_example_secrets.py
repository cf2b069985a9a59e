# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of the example vaults: known, all of them, and refused where they would guard something."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.example_secrets import KNOWN, by_variable, refuse

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


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_an_example_on_a_host_that_somebody_has_is_refused(environment: str) -> None:
    secrets = {"aether_web_password": "own-pass-phrase-11", "alertmanager_secrets.slack_url": f"{SLACK}\n"}
    assert refuse(environment, "mon1.fleet.net", secrets) == (
        "alertmanager_secrets.slack_url is that of the example vaults, which everybody can read: put a value of your "
        f"own into the vault of {environment} (hosts below .example may have the examples)."
    )


@pytest.mark.parametrize(
    ("environment", "host", "secret"),
    [
        ("staging", "mon1.staging.example", SLACK),
        ("dev", "laptop", SLACK),
        ("prod", "mon1.fleet.net", "https://slack.fleet.net/services/1"),
        ("prod", "mon1.fleet.net", ""),
    ],
)
def test_the_examples_as_they_are_and_ones_own_pass(environment: str, host: str, secret: str) -> None:
    assert refuse(environment, host, {"alertmanager_secrets.slack_url": secret}) == ""


def test_each_secret_is_told_by_the_variable_that_sets_it() -> None:
    files = {"secrets/slack_url": "a", "secrets/web_password": "b"}
    assert by_variable("alertmanager", files, passphrase="c") == {
        "alertmanager_secrets.slack_url": "a",
        "aether_web_password": "b",
        "aether_tls_ca_passphrase": "c",
    }
