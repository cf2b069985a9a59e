# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus of mistakes: how it is made, and how its sentences read."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.bad_input import page, playbook
from tests.bad_input.corpus import PLACEHOLDERS, PLAYBOOKS, ROLES, ROOT, Entry, entries

ALL = entries(*ROLES, PLAYBOOKS)
OF_ANSIBLE = r"Traceback|see above|hidden|MODULE FAILURE|NoneType|<class|Task failed|unable to convert"
UNREADABLE = rf"{OF_ANSIBLE}|\b__(?:{'|'.join(ROLES)}|component)_|_builtin\b|\n|hunter2"


def test_there_are_mistakes_for_every_role_and_playbook() -> None:
    assert len(ALL) >= 250
    assert len({entry.name for entry in ALL}) == len(ALL)
    assert min(len(entries(component)) for component in (*ROLES, PLAYBOOKS)) >= 10
    of_operators = {path.name for path in (ROOT / "playbooks").glob("*.yml")}
    assert {entry.playbook for entry in entries(PLAYBOOKS)} <= of_operators


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_a_sentence_says_what_and_where_and_how_to_go_on(entry: Entry) -> None:
    assert not re.search(UNREADABLE, entry.sentence)
    assert entry.sentence.endswith((".", "?"))
    assert ":" in entry.sentence, "what to do comes after a colon"
    assert set(re.findall(r"<[a-z0-9]+>", entry.sentence)) <= set(PLACEHOLDERS)
    assert entry.mistake and not entry.mistake.endswith(".")


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_a_sentence_names_a_variable_of_the_mistake_or_the_file_made_of_it(entry: Entry) -> None:
    variables = yaml.safe_load(re.sub(r"!(?:unsafe|vault)", "", entry.variables))
    named = [*variables, f"{entry.component}_secrets", "alertmanager_smtp_smarthost", "grafana_root_url"]
    assert any(variable in entry.sentence for variable in named) or entry.on_host or "dashboards/" in entry.sentence


def test_a_placeholder_stands_for_what_it_names_and_nothing_else() -> None:
    entry = Entry("prometheus", "sum", "A checksum", "the sha256 is <sha256>: check it.")
    assert entry.is_told(f"the sha256 is {'0' * 64}: check it.")
    assert not entry.is_told("the sha256 is none: check it.")
    assert not entry.is_told(f"the sha256 is {'0' * 64}: check it. And more.")


def test_the_playbook_makes_every_mistake_with_its_own_variables() -> None:
    (play,) = yaml.safe_load(re.sub(r"!(?:unsafe|vault)", "", playbook.text(ALL[:3])))
    assert [task["vars"] for task in play["tasks"][:3]] == [yaml.safe_load(entry.variables) for entry in ALL[:3]]


def test_every_mistake_and_its_sentence_are_on_the_page() -> None:
    text = page.text()
    assert [
        entry.name for entry in ALL if f"- {entry.mistake}" not in text or f"`` {entry.sentence} ``" not in text
    ] == []
    assert text.count("\n- ") == len(ALL) >= 250
