# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that cannot be right, by their specification: one sentence each, with the place and the way out."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.variable_checks import PLAYBOOK, refuse

OPTIONS: dict[str, dict[str, Any]] = {
    "silence_env": {"type": "str", "required": True, "choices": ["dev", "prod"]},
    "silence_comment": {"type": "str", "required": True, "description": "say why"},
    "silence_matchers": {"type": "matchers"},
    "silence_duration": {"type": "duration"},
    "silence_times": {"type": "int"},
    "silence_port": {"type": "int"},
    "silence_user": {"type": "str"},
    "silence_extend": {"type": "bool"},
    "silence_hosts": {"type": "list", "elements": "dict"},
    "silence_labels": {"type": "dict"},
}
RIGHT: dict[str, Any] = {"silence_env": "dev", "silence_comment": "migration"}


def refused(text: str = "", owner: str = PLAYBOOK, **variables: Any) -> str:
    """text: YAML of variables, as it is in an inventory."""
    loader = DataLoader()
    written = loader.load(trust_as_template(text)) if text else {}
    every = {**RIGHT, **variables, **written}
    return refuse("silence_", OPTIONS, every, Templar(loader, variables=every).template, owner)


def test_what_is_right_is_no_mistake() -> None:
    assert refused() == ""
    assert refused(silence_matchers=['env="dev"'], silence_duration="1h", silence_times=3, silence_extend=True) == ""
    assert refused(silence_extend="yes", silence_hosts=[{"a": 1}], silence_labels={"a": "b"}, silence_port=1) == ""
    assert refused("silence_user: '{{ silence_comment }}'") == ""
    assert refused(another_variable="{{ not set }}") == ""


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"silence_duraton": "2h"},
            "silence_duraton is not a variable of this playbook: did you mean silence_duration?",
        ),
        ({"silence_env": "production"}, 'silence_env is "production": write one of dev, prod.'),
        ({"silence_matchers": []}, "silence_matchers is empty, which would be about every alert: say which"),
        ({"silence_matchers": ["a"]}, 'silence_matchers[0] is "a", which is not a matcher'),
        ({"silence_duration": 2}, "silence_duration is 2, which is not a duration"),
        ({"silence_times": "three"}, 'silence_times is "three": write a whole number, in digits and without quotes.'),
        ({"silence_port": "70000"}, "silence_port is 70000: write a whole number from 1 to 65535"),
        ({"silence_hosts": "a,b"}, 'silence_hosts[0] is "a", but must be a mapping'),
        ({"silence_times": 1.5}, "silence_times is 1.5: write a whole number"),
        ({"silence_port": 70000}, "silence_port is 70000: write a whole number from 1 to 65535"),
        ({"silence_user": "a user"}, 'silence_user is "a user", which is not the name of a system user'),
        ({"silence_user": "root"}, "silence_user is root, and no service may run as root: take it out, or name a user"),
        ({"silence_extend": "perhaps"}, 'silence_extend is "perhaps", but must be true or false'),
        ({"silence_hosts": ["a"]}, 'silence_hosts[0] is "a", but must be a mapping'),
        ({"silence_labels": None}, "silence_labels is empty, but must be a mapping"),
    ],
)
def test_what_cannot_be_is_one_sentence(variables: dict[str, Any], sentence: str) -> None:
    assert refused(**variables).startswith(sentence)


def test_a_text_stands_for_a_number_or_a_list_where_it_may_come_from_the_command_line() -> None:
    options = {"export_times": {"type": "int"}, "export_uids": {"type": "list"}}

    def said(owner: str, **variables: Any) -> str:
        return refuse("export_", options, variables, str, owner)

    assert said(PLAYBOOK, export_times="120", export_uids="abc,def") == ""
    assert said("this role", export_times="120").startswith('export_times is "120", which is text: write the number')
    assert said("this role", export_uids="abc,def").startswith('export_uids is "abc,def", but must be a list')


@pytest.mark.parametrize("word", [1, 0, "1", "0", "y", "N", "t", "f", " on ", 1.0])
def test_what_ansible_takes_for_true_or_false_is_right(word: object) -> None:
    assert refused(silence_extend=word) == ""
    assert refused(owner="this role", silence_extend=word) == ""


@pytest.mark.parametrize("word", [2, "", "yess", None, [], {}])
def test_what_it_does_not_is_refused(word: object) -> None:
    assert "must be true or false" in refused(silence_extend=word)


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("grafana_admin_user", "admin@example.com", True),
        ("grafana_admin_user", "", False),
        ("alertmanager_cluster_listen_address", ":9094", True),
        ("alertmanager_cluster_listen_address", "[::1]:9094", True),
        ("alertmanager_cluster_listen_address", "", True),
        ("alertmanager_cluster_listen_address", "9094", False),
        ("alertmanager_cluster_listen_address", ":0", False),
    ],
)
def test_what_a_name_means(name: str, value: str, right: bool) -> None:
    assert (refuse("", {name: {"type": "str"}}, {name: value}, lambda text: text, "this role") == "") == right


def test_what_is_missing_is_told_with_what_to_do() -> None:
    options = {"silence_env": OPTIONS["silence_env"], "silence_comment": OPTIONS["silence_comment"]}
    assert (
        refuse("silence_", options, {}, str, "this playbook") == "silence_env is not set: set it to one of dev, prod."
    )
    sentence = refuse("silence_", options, {"silence_env": "dev"}, str, "this playbook")
    assert sentence == "silence_comment is not set: say why."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "silence_labels: {a: [x, '{{ nowhere }}']}",
            "silence_labels.a[1] is made of something that is not set ('nowhere'",
        ),
        (
            "silence_hosts: '{{ nowhere }}'",
            "silence_hosts is made of something that is not set ('nowhere' is undefined)",
        ),
        ("silence_labels: {a: '{{ silence_env.b.c }}'}", "silence_labels.a is made of something that is not set ("),
        (
            "silence_labels: {a: '{{ $labels.env }}'}",
            "silence_labels.a has braces that Ansible cannot read (unexpected",
        ),
        (
            "silence_labels:\n  a: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3030\n",
            "silence_labels.a is a secret of the vault that cannot be decrypted: give the vault's password",
        ),
    ],
)
def test_a_template_that_cannot_be_resolved_is_told_with_its_place(text: str, sentence: str) -> None:
    assert refused(text).startswith(sentence)


def test_braces_that_are_not_ansibles_stay() -> None:
    assert refused("silence_labels: {a: !unsafe '{{ $labels.env }}'}") == ""
