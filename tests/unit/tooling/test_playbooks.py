# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators' playbooks refuse by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).resolve().parents[3]
GROUPS = {"all": ["mon1", "mon2"], "alertmanager": ["mon1"], "grafana": ["mon2"]}


def passes(playbook: str, task: str, **variables: Any) -> bool:
    """Whether the assertion of that name lets the variables pass."""
    plays = yaml.safe_load((ROOT / "playbooks" / playbook).read_text())
    (found,) = (one for play in plays for one in play["tasks"] if one["name"] == task)
    known = {"groups": GROUPS, "playbook_dir": str(ROOT / "playbooks"), **variables}
    templar = Templar(DataLoader(), variables=known)
    return bool(templar.evaluate_conditional(trust_as_template(found["ansible.builtin.assert"]["that"])))


@pytest.mark.parametrize(("playbook", "name"), [("drill.yml", "drill_host"), ("export_dashboards.yml", "export_host")])
def test_a_host_may_be_a_pattern_and_a_name_must_be_one_of_the_inventory(playbook: str, name: str) -> None:
    task = "Fail on a host that does not exist"

    assert passes(playbook, task)
    for host in (
        "mon1",
        "grafana",
        "alertmanager[0]",
        "mon*",
        "mon1,mon2",
        "all:!mon1",
        "grafana:&alertmanager",
        "~mon",
    ):
        assert passes(playbook, task, **{name: host}), host
    for host in ("alertmanger", "mon-1", "mon.1"):
        assert not passes(playbook, task, **{name: host}), host


def test_the_directory_of_an_export_may_be_below_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = "Fail on a directory that does not exist"
    (tmp_path / "boards").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))

    assert passes("export_dashboards.yml", task, export_dashboards_dir="~/boards")
    assert passes("export_dashboards.yml", task)
    assert not passes("export_dashboards.yml", task, export_dashboards_dir="~/nowhere")


def tasks(found: Any) -> Iterator[dict[str, Any]]:
    """All tasks of a file of them or of a playbook, those in blocks included."""
    for one in found or ():
        yield one
        for inner in ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always"):
            yield from tasks(one.get(inner))


def test_only_modules_of_ours_are_delegated_to_other_hosts() -> None:
    """Ansible gives the facts of a delegated task to the host that delegates; ours drop them, builtin ones do not."""
    files = [*ROOT.glob("roles/*/tasks/**/*.yml"), *ROOT.glob("roles/*/handlers/*.yml"), *ROOT.glob("playbooks/*.yml")]
    delegated = [task for file in files for task in tasks(yaml.safe_load(file.read_text())) if "delegate_to" in task]
    assert delegated
    of_the_controller = ("ansible.builtin.set_fact",)  # asks no host
    for task in delegated:
        assert any(key.startswith("aetherlink.monitoring.") or key in of_the_controller for key in task), task["name"]
