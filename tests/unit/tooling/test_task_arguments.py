# SPDX-License-Identifier: GPL-3.0-or-later
"""No task has a secret in what callback plugins are given of it: arguments, loops, names and environments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(
    [*ROOT.glob("roles/*/tasks/**/*.yml"), *ROOT.glob("roles/*/handlers/*.yml"), *ROOT.glob("playbooks/*.yml")]
)
BLOCKS = ("block", "rescue", "always")
OF_A_PLAY = ("tasks", "pre_tasks", "post_tasks", "handlers")
NOT_RENDERED = ("vars", "when", "until", "changed_when", "failed_when")
"""Callback plugins get `vars` as it is written, and of conditions no value."""
SECRET = re.compile(
    r"""\b(?:
        (?:component_description|__\w+_component)\b (?!\.(?!secrets\b)\w)      # whole, or its secrets
        | \w+_secrets\b | \w*_basic_auth_users\b | vault_\w+
        | \w*(?:password|passphrase|token)(?!_file)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
TEMPLATE = re.compile(r"{{.*?}}", re.DOTALL)
TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
"""A text within a template is no variable."""


def tasks(found: Any) -> Iterator[dict[str, Any]]:
    for entry in found or []:
        inner = [name for name in (*BLOCKS, *OF_A_PLAY) if name in entry]
        for name in inner:
            yield from tasks(entry[name])
        yield {key: value for key, value in entry.items() if key not in (*inner, *NOT_RENDERED)}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def rendered_secrets(text: str) -> list[str]:
    return [hit[0] for template in TEMPLATE.findall(text) for hit in SECRET.finditer(TEXT.sub("", template))]


@pytest.mark.parametrize(
    "text",
    [
        "{{ component_description }}",
        "{{ component_description | combine({}) }}",
        "{{ component_description.secrets }}",
        "{{ component_description['secrets'] }}",
        "{{ __grafana_component }}",
        "{{ {'a': alertmanager_secrets} }}",
        "{{ prometheus_basic_auth_users.alice }}",
        "a {{ aether_web_password }}",
        "{{ vault_slack_url }}",
    ],
)
def test_what_is_one(text: str) -> None:
    assert rendered_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ component_description.program.version }}",
        "{{ component_description.name }}",
        "component_description",
        "{{ __grafana_component.files }}",
        "{{ access.password_file }}",
        "{{ lookup('template', 'password') }}",
    ],
)
def test_what_is_none(text: str) -> None:
    assert rendered_secrets(text) == []


def test_there_are_tasks_to_look_at() -> None:
    found = [task for file in FILES for task in tasks(yaml.safe_load(file.read_text()))]

    assert len(found) > 100
    assert any("aetherlink.monitoring.component_certificate" in task for task in found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_task_has_one(file: Path) -> None:
    found = {
        task.get("name", "a task"): hits
        for task in tasks(yaml.safe_load(file.read_text()))
        if (hits := [hit for text in texts(task) for hit in rendered_secrets(text)])
    }
    assert found == {}
