# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of the inventory become files of a release; no error shows one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.secret_files import secret_files


def error(secrets: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        secret_files(secrets, "alertmanager_secrets")
    sentence = str(raised.value)
    assert sentence.endswith(".") and "\n" not in sentence
    assert "hunter2" not in sentence
    return sentence


def test_a_text_becomes_a_file_as_it_is() -> None:
    secrets = {"slack_url": "https://hooks.example.net/hunter2", "tls.key": "-----BEGIN-----\nhunter2\n-----END-----\n"}

    assert secret_files(secrets, "alertmanager_secrets") == {f"secrets/{name}": text for name, text in secrets.items()}


def test_a_mapping_becomes_json_that_does_not_depend_on_the_order() -> None:
    one = secret_files({"keys": {"b": "2", "a": "1"}}, "x_secrets")
    other = secret_files({"keys": {"a": "1", "b": "2"}}, "x_secrets")

    assert one == other
    assert json.loads(one["secrets/keys.json"]) == {"a": "1", "b": "2"}


def test_no_secrets_are_no_files() -> None:
    assert secret_files({}, "x_secrets") == {}


@pytest.mark.parametrize("value", ["", "  \n", None, {}])
def test_a_secret_that_is_missing_is_named_with_the_way_out(value: Any) -> None:
    assert error({"slack_url": value}) == (
        "alertmanager_secrets.slack_url is empty: set it, in the environment's vault, or take the name out."
    )


@pytest.mark.parametrize("value", [0, 12345, 1.5, True])
def test_a_secret_that_yaml_reads_as_something_else_is_not_shown(value: Any) -> None:
    assert error({"slack_url": value}) == (
        "alertmanager_secrets.slack_url is no text, as YAML reads it: put it in quotes."
    )


def test_a_secret_that_is_a_list_is_not_shown() -> None:
    assert error({"slack_url": ["hunter2"]}).startswith("alertmanager_secrets.slack_url is a list, but must be a text")


def test_a_secret_that_is_too_short_is_not_shown() -> None:
    with pytest.raises(ConfigError) as refusal:
        secret_files({"digest_key": "hunter2"}, "command_center_secrets", shortest={"digest_key": 16})
    assert str(refusal.value).startswith("command_center_secrets.digest_key is shorter than 16 characters: take ")
    assert secret_files({"digest_key": "h" * 16}, "command_center_secrets", shortest={"digest_key": 16})


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".hidden", "with space", "ä"])
def test_a_name_that_makes_no_file_is_refused(name: str) -> None:
    assert "but becomes a file's name" in error({name: "hunter2"})


@pytest.mark.parametrize("secrets", ["hunter2", ["hunter2"], None, 5])
def test_what_is_no_mapping_is_refused_and_not_shown(secrets: Any) -> None:
    assert error(secrets).startswith("alertmanager_secrets is ")


def test_two_secrets_do_not_share_a_file() -> None:
    assert error({"keys": {"a": "hunter2"}, "keys.json": "hunter2"}) == (
        'alertmanager_secrets["keys.json"] becomes the file secrets/keys.json, as another secret does: '
        "rename one of the two."
    )
