# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of the inventory become files of a release; no error shows one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.filter.secret_files import FilterModule, secret_files


def error(secrets: Any) -> str:
    with pytest.raises(AnsibleFilterError) as raised:
        secret_files(secrets, "alertmanager_secrets")
    sentence = str(raised.value)
    assert sentence.endswith(".") and "\n" not in sentence
    assert "hunter2" not in sentence
    return sentence


def test_a_text_becomes_a_file_as_it_is() -> None:
    secrets = {"slack_url": "https://hooks.example.net/hunter2", "tls.key": "-----BEGIN-----\nhunter2\n-----END-----\n"}

    assert secret_files(secrets) == {f"secrets/{name}": text for name, text in secrets.items()}


def test_a_mapping_becomes_json_that_does_not_depend_on_the_order() -> None:
    one = secret_files({"keys": {"b": "2", "a": "1"}})
    other = secret_files({"keys": {"a": "1", "b": "2"}})

    assert one == other
    assert json.loads(one["secrets/keys.json"]) == {"a": "1", "b": "2"}


def test_no_secrets_are_no_files() -> None:
    assert secret_files({}) == {}


def test_the_filter_is_known_by_its_name() -> None:
    assert FilterModule().filters() == {"secret_files": secret_files}


@pytest.mark.parametrize("value", ["", "  \n", None, {}, 12345, True, ["hunter2"]])
def test_a_secret_that_is_missing_is_named_with_the_way_out(value: Any) -> None:
    assert error({"slack_url": value}) == (
        "alertmanager_secrets.slack_url is empty or not a text: set it, in the environment's vault, "
        "or take the name out."
    )


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
