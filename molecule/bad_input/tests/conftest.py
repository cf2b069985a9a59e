# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the mistakes of the corpus on the scenario's host, and tells what that host is like before and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from testinfra.host import Host

from tests.bad_input import playbook
from tests.bad_input.corpus import Entry

LONGEST = 900  # seconds, on a machine that has other things to do


@pytest.fixture(scope="session")
def state() -> Callable[[Host], dict[str, Any]]:
    script = (Path(__file__).resolve().parents[1] / "files" / "state.py").read_text()
    return lambda host: dict(json.loads(host.check_output("python3 -c %s", script)))


@pytest.fixture(scope="session")
def deploy_each(run_playbook: Callable[..., Any], tmp_path_factory: Any) -> Callable[..., tuple[dict[str, str], str]]:
    """deploy_each(entries, "--check"): what is told, and what is printed, by one ansible-playbook for all of them."""

    def run(entries: Iterable[Entry], *mode: str) -> tuple[dict[str, str], str]:
        directory = tmp_path_factory.mktemp("mistakes")
        (directory / "mistakes.yml").write_text(playbook.text(entries))
        variables = {"told_file": str(directory / "told.json")}
        done = run_playbook(str(directory / "mistakes.yml"), *mode, variables=variables, timeout=LONGEST).ok()
        return json.loads((directory / "told.json").read_text()), done.output

    return run


@pytest.fixture(scope="session")
def run_entry(run_playbook: Callable[..., Any], tmp_path_factory: Any) -> Callable[..., tuple[list[str], str]]:
    """run_entry(entry, "--check"): what each failed task of the entry's own playbook says, and all that is printed."""

    def run(entry: Entry, *mode: str) -> tuple[list[str], str]:
        inventory = None
        if entry.inventory:
            inventory = tmp_path_factory.mktemp("inventory") / "hosts.yml"
            inventory.write_text(entry.inventory)
        done = run_playbook(
            f"playbooks/{entry.playbook}",
            *entry.arguments,
            *mode,
            variables=yaml.safe_load(entry.variables or "{}"),
            inventory=inventory,
            environment={"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
        )
        report, _ = json.JSONDecoder().raw_decode(done.output[done.output.index('{ "custom_stats"') :])
        tasks = [task for play in report["plays"] for task in play["tasks"]]
        failed = [result for task in tasks for result in task["hosts"].values() if result.get("failed")]
        assert (done.status == 0) == (not failed), done.output
        return [str(result["msg"]) for result in failed], done.output

    return run


@pytest.fixture(scope="session")
def at_once() -> Callable[..., list[Any]]:
    """at_once(function, arguments...): two at a time, since none of these runs changes anything."""

    def run(function: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(function, *arguments))

    return run
