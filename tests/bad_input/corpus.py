# SPDX-License-Identifier: GPL-3.0-or-later
"""The mistakes that operators make, and the whole sentence that each gets: data in corpus/, read here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
ROLES = ("prometheus", "alertmanager", "command_center", "grafana", "demo_verticals", "inbox")
PLAYBOOKS = "runs"
PLACEHOLDERS = {"<sha256>": "[0-9a-f]{64}", "<archive>": r"file:///[\w/.-]+/grafana_13\.0\.1_\d+_linux_amd64\.tar\.gz"}
"""What differs from run to run, each as narrow as it can be."""


@dataclass(frozen=True)
class Entry:
    """A mistake.

    variables: YAML as an operator writes it, over inventories/dev. sentence: all that the failed task says.
    on_host: known once the host was asked; else before. staged: told by the check of what was written beside the
    running release, so that a normal run says which one is untouched, too. asked_in_check: false where check mode asks
    nobody.
    playbook, arguments, inventory: of an entry that a run of ansible-playbook of its own shows.
    """

    component: str
    id: str
    mistake: str
    sentence: str
    variables: str = ""
    on_host: bool = False
    staged: bool = False
    asked_in_check: bool = True
    playbook: str = ""
    arguments: tuple[str, ...] = ()
    inventory: str = ""

    @property
    def name(self) -> str:
        return f"{self.component}/{self.id}"

    def is_told(self, message: str, sentence: str = "") -> bool:
        """Whether the message is the sentence, or another one, nothing more and nothing less."""
        pattern = re.escape(sentence or self.sentence)
        for name, narrow in PLACEHOLDERS.items():
            pattern = pattern.replace(re.escape(name), narrow)
        return re.fullmatch(pattern, message) is not None


def entries(*components: str) -> list[Entry]:
    """In the order of the files; of all roles unless components are named."""
    return [
        Entry(component, **{**fields, "arguments": tuple(fields.get("arguments", ()))})
        for component in components or ROLES
        for fields in yaml.safe_load((CORPUS / f"{component}.yml").read_text())
    ]
