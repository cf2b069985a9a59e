# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that carry secrets pipeline by themselves, and say so where they cannot. Ansible's own connection plugins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import become_loader, connection_loader
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import transit

ROOT = Path(__file__).resolve().parents[3]
OF_THE_ROLE = yaml.safe_load((ROOT / "roles/component/vars/main.yml").read_text())
SENTENCE = "mon1: Ansible writes secrets to temporary files on the controller and on this host, because "


class Display:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, msg: str) -> None:
        self.warnings.append(msg)


def warnings(plugin: str, become: str = "", **variables: Any) -> list[str]:
    """Of a task of the role, whose inventory has these variables."""
    connection = connection_loader.get(plugin, PlayContext())
    known = {name: value for name, value in OF_THE_ROLE.items() if name.startswith("ansible_")}
    connection.set_options(var_options={**variables, **known})
    if become:
        connection.become = become_loader.get(become)
    display = Display()
    transit.warn(connection, "mon1", display)
    return display.warnings


@pytest.fixture(autouse=True)
def as_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this checkout's ansible.cfg."""
    for name in ("ANSIBLE_PIPELINING", "ANSIBLE_SSH_PIPELINING", "ANSIBLE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants.config, "_config_file", None)
    monkeypatch.setattr(constants.config, "_parsers", {})


@pytest.mark.parametrize("plugin", ["ssh", "local"])
def test_ansible_alone_does_not_pipeline_and_the_role_does(plugin: str) -> None:
    connection = connection_loader.get(plugin, PlayContext())
    connection.set_options()
    assert not connection.is_pipelining_enabled()

    assert warnings(plugin, become="sudo") == []


def test_an_inventory_that_turns_it_off_for_all_does_not_reach_secrets() -> None:
    assert warnings("ssh", ansible_pipelining=False) == []


@pytest.mark.parametrize(
    "more", [{"ansible_ssh_pipelining": False}, {"ansible_ssh_extra_args": "-tt"}, {"become": "su"}]
)
def test_what_cannot_pipeline_is_told(more: dict[str, Any]) -> None:
    (warning,) = warnings("ssh", **more)

    assert warning.startswith(SENTENCE) and "set ansible_ssh_pipelining to true" in warning


def test_files_that_are_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", True)

    (warning,) = warnings("ssh")
    assert warning.startswith(SENTENCE) and "unset ANSIBLE_KEEP_REMOTE_FILES" in warning
