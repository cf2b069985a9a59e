# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Ansible what variables become for the hosts of an inventory, by the roles' own defaults and variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = f"{Path(sys.executable).parent}/ansible-playbook"


def ansible(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_ACTION_PLUGINS": str(ROOT / "tests" / "rendered" / "action_plugins"),
        "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
    }
    return subprocess.run(
        [PLAYBOOK, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def answers(directory: Path, questions: Mapping[str, Any], *arguments: str) -> dict[tuple[str, str], Any]:
    """By role and host. questions: templates, or mappings of them, by role, which is the name of its group, too.

    `described.component` in them is the component's description. Each role is in a play that skips its tasks.
    """
    out = directory / "out"
    out.mkdir()
    plays = [_play(role, question, out) for role, question in questions.items()]
    (directory / "play.yml").write_text(yaml.safe_dump(plays))
    done = ansible(directory, *arguments, "play.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for path in out.iterdir():
        role, host = path.stem.split("-", 1)
        found[role, host] = json.loads(path.read_text())
    return found


def _play(role: str, question: Any, out: Path) -> dict[str, Any]:
    copy = {
        "content": "{{ answer | to_json }}",
        "dest": f"{out}/{role}-{{{{ inventory_hostname }}}}.json",
        "mode": "0644",
    }
    ask = {"ansible.builtin.copy": copy, "vars": {"answer": question}, "delegate_to": "localhost", "become": False}
    described = {"describe": {"component": role}, "register": "described", "delegate_to": "localhost", "become": False}
    return {
        "hosts": role,
        "gather_facts": False,
        "roles": [{"role": f"aetherlink.monitoring.{role}", "tags": ["never"]}],
        "post_tasks": [described, ask],
    }
