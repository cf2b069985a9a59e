# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an action plugin as Ansible does, without a playbook around it: real task, real argument checks, no host."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar

Act = Callable[..., dict[str, Any]]

DOUBLE_OF_CONNECTION = SimpleNamespace(
    _shell=SimpleNamespace(tmpdir="/nowhere"), is_pipelining_enabled=lambda wrap_async=False: True
)
"""Leads nowhere: these actions run on the controller alone."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and no proxy on the way to loopback."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache" / "aetherlink-monitoring"


@pytest.fixture
def act() -> Act:
    """act(name, variables, **arguments) -> the task's result."""

    def run(name: str, variables: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
        module = importlib.import_module(f"ansible_collections.aetherlink.monitoring.plugins.action.{name}")
        loader = DataLoader()
        task = Task()
        task.action, task.args = f"aetherlink.monitoring.{name}", arguments
        variables = variables or {}
        context = PlayContext()
        templar = Templar(loader, variables=variables)
        plugin = module.ActionModule(task, DOUBLE_OF_CONNECTION, context, loader, templar, None)
        result: dict[str, Any] = plugin.run(task_vars=variables)
        return result

    return run
