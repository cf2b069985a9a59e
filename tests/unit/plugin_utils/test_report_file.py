# SPDX-License-Identifier: GPL-3.0-or-later
"""A report is a new file under its name: what somebody else put there is never written through."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import report_file


def write(path: Path) -> str:
    return report_file.write("verify_report", str(path), {"ok": True})


def test_a_report_replaces_the_one_before(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("the report before, which was longer" * 100)

    assert write(report) == ""
    assert json.loads(report.read_text())["ok"] is True
    assert os.listdir(tmp_path) == ["report.json"]


@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_is_refused_and_what_it_leads_to_is_untouched(tmp_path: Path, there: bool) -> None:
    victim = tmp_path / "victim"
    if there:
        victim.write_text("precious")
    (tmp_path / "report.json").symlink_to(victim)

    sentence = f"verify_report names {tmp_path}/report.json, which is a symbolic link: name its target, "
    assert write(tmp_path / "report.json") == sentence + "or another file."
    assert (victim.read_text() == "precious") if there else not victim.exists()


def test_a_link_that_comes_after_the_look_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "report.json").symlink_to(victim)
    monkeypatch.setattr(report_file, "refuse", lambda *_: "")

    assert write(tmp_path / "report.json") == ""
    assert victim.read_text() == "precious"
    assert not (tmp_path / "report.json").is_symlink()


def test_a_hard_link_to_another_file_does_not_lead_there(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "report.json").hardlink_to(victim)

    assert write(tmp_path / "report.json") == ""
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "not a regular file"), ("none/report.json", "No such file or directory"), ("pipe", "not a regular file")],
)
def test_what_cannot_be_written_is_known_before(tmp_path: Path, name: str, reason: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / name

    sentence = (
        f"verify_report names {path}, which cannot be written ({reason}): name a file in a directory that exists on "
        "the controller."
    )
    assert report_file.refuse("verify_report", str(path)) == write(path) == sentence


def test_a_disk_that_is_full_leaves_the_report_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report.json"
    report.write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    assert "cannot be written (No space left on device)" in write(report)
    assert report.read_text() == "before" and os.listdir(tmp_path) == ["report.json"]
