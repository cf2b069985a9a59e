# SPDX-License-Identifier: GPL-3.0-or-later
"""release_history and history_report: refusals, what is printed, JSON, and the whole way in a real ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
Act = Callable[..., dict[str, Any]]

RELEASE = {
    "id": "0001-aaaaaaaa",
    "state": "active",
    "reason": "",
    "created": "2026-02-01T10:00:05+00:00",
    "by": "alice@control",
    "revision": "1297b977f95b",
    "environment": "dev",
    "method": "package",
    "version": "2.42.0",
    "composed": None,
    "checked": True,
    "before": "",
    "files": [],
    "changes": [],
    "note": "nothing was active before it",
    "events": [],
}
COMPONENT = {
    "component": "prometheus",
    "active": "0001-aaaaaaaa",
    "hold": None,
    "left": [],
    "left_out": "",
    "total": 1,
    "releases": [RELEASE],
}


def run(**found: Any) -> dict[str, Any]:
    """The variables of a run; found: the components that a host told, None where it could not be asked."""
    hostvars = {
        host: {"release_history": {"components": one}} if one is not None else {} for host, one in found.items()
    }
    return {"hostvars": hostvars, "ansible_play_hosts_all": list(found)}


def test_each_host_and_component_is_printed(act: Act, capsys: pytest.CaptureFixture[str]) -> None:
    result = act("history_report", run(mon1=[COMPONENT, {**COMPONENT, "component": "inbox"}], mon2=[COMPONENT]))

    assert result == {"changed": False, "msg": "3 releases"}
    printed = capsys.readouterr().out
    for title in ("prometheus on mon1: 1 release", "inbox on mon1: 1 release", "prometheus on mon2: 1 release"):
        assert f"\n{title}, 0001-aaaaaaaa is active\n" in printed


def test_a_host_that_could_not_be_asked_is_named_and_so_is_one_without_releases(
    act: Act, capsys: pytest.CaptureFixture[str]
) -> None:
    act("history_report", run(mon1=None, mon2=[]))

    printed = capsys.readouterr().out
    assert "mon1 could not be read" in printed
    assert "mon2: no component has a release" in printed


def test_all_of_it_is_written_as_json(act: Act, tmp_path: Path) -> None:
    act("history_report", run(mon1=[COMPONENT], mon2=None), path=str(tmp_path / "history.json"))

    report = json.loads((tmp_path / "history.json").read_text())
    assert report["components"] == [{"host": "mon1", **COMPONENT}]
    assert report["not_read"] == ["mon2"]
    assert datetime.fromisoformat(report["time"]).tzinfo is not None


def test_a_file_that_cannot_be_written_is_a_sentence(act: Act, tmp_path: Path) -> None:
    assert act("history_report", run(mon1=[]), path=str(tmp_path / "none" / "history.json")) == {
        "failed": True,
        "msg": f"history_file names {tmp_path}/none/history.json, which cannot be written (No such file or "
        "directory): name a file in a directory that exists on the controller.",
    }


def test_a_component_that_there_is_not_is_refused_before_the_host_is_asked(act: Act) -> None:
    assert act("release_history", components=["promethus"]) == {
        "failed": True,
        "msg": 'components has "promethus", which is none (did you mean "prometheus"?): use "demo_verticals", "inbox", '
        '"alertmanager", "command_center", "prometheus", "grafana".',
    }


INVENTORY = """
all:
  vars: {ansible_connection: local}
  hosts: {mon1: {}, mon2: {}}
"""
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.fail: {msg: this host is broken}
      when: inventory_hostname == "mon2"
    - aetherlink.monitoring.release_history:
        components: "{{ names | default('') | split(',') | map('trim') | select | list }}"
        last: "{{ last | default(10) }}"
        root: "{{ out }}"
      register: release_history

- hosts: all
  gather_facts: false
  tasks:
    - aetherlink.monitoring.history_report: {path: "{{ out }}/history.json"}
      run_once: true
"""


def put(root: Path, number: int, interval: int, secret: str) -> None:
    """A release of Command Center as the engine leaves it, without what history does not look at."""
    name = f"{number:04}-aaaaaaaa"
    release = root / "command_center" / "releases" / name
    (release / "etc" / "secrets").mkdir(parents=True)
    texts = {
        "etc/command_center.json": json.dumps({"interval_seconds": interval, "verticals": []}),
        "etc/secrets/digest_key": secret,
    }
    sums = {}
    for path, text in texts.items():
        (release / path).write_text(text)
        sums[path] = subprocess.run(["sha256sum", release / path], capture_output=True, text=True, check=True).stdout[
            :64
        ]
    meta = {"id": name, "created": f"2026-02-0{number}T10:00:05+00:00", "by": "alice@control", "version": "abc"}
    meta |= {"files": sums, "secrets": ["etc/secrets/digest_key"]}
    (release / "release.json").write_text(json.dumps(meta))
    with (root / "command_center" / "journal.jsonl").open("a") as journal:
        for event in ("staged", "activated"):
            journal.write(
                json.dumps({"event": event, "release": name, "time": meta["created"], "by": "alice@control"}) + "\n"
            )


def test_a_host_is_asked_and_the_history_is_told_without_a_secret_however_verbose(tmp_path: Path) -> None:
    put(tmp_path, 1, 15, "hunter2-hunter2")
    put(tmp_path, 2, 20, "swordfish-swordfish")
    (tmp_path / "command_center" / "current").symlink_to("releases/0002-aaaaaaaa")
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    (tmp_path / "play.yml").write_text(PLAY)
    command = [f"{Path(sys.executable).parent}/ansible-playbook", "-vvv", "-i", "hosts.yml", "play.yml"]
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }

    done = subprocess.run(
        [*command, "-e", f"out={tmp_path}", "-e", "names=command_center,inbox", "-e", "last=1"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    output = done.stdout + done.stderr
    assert done.returncode == 2, output  # mon2 is broken
    for line in (
        "command_center on mon1: the last 1 of 2 releases, 0002-aaaaaaaa is active",
        "      against 0001-aaaaaaaa: command_center.json, secrets/digest_key",
        "      - interval_seconds 15 -> 20",
        "      - secret digest_key changed",
        "inbox on mon1: no release",
        "mon2 could not be read",
    ):
        assert f"\n{line}\n" in output, output
    written = (tmp_path / "history.json").read_text()
    for secret in ("hunter2", "swordfish"):
        assert secret not in output and secret not in written
    assert [c["component"] for c in json.loads(written)["components"]] == ["command_center", "inbox"]
    assert json.loads(written)["not_read"] == ["mon2"]
