# SPDX-License-Identifier: GPL-3.0-or-later
"""verify_report: a table for people, JSON for programs, a failure with a sentence when something is not as wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

Act = Callable[..., dict[str, Any]]


def row(component: str, check: str = "version", ok: bool = True, seen: str = "3.5.3") -> dict[str, Any]:
    return {"component": component, "check": check, "wanted": "3.5.3", "seen": seen, "ok": ok}


def run(groups: dict[str, list[str]], hosts: list[str] | None = None, **rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The variables of a run in which these hosts were asked; rows by `<component>_on_<host>`."""
    everyone = sorted({host for members in groups.values() for host in members})
    hostvars: dict[str, dict[str, Any]] = {host: {} for host in everyone}
    for name, found in rows.items():
        component, _, host = name.partition("_on_")
        hostvars[host][f"__{component}_verification"] = {"rows": found}
    return {"groups": groups, "hostvars": hostvars, "ansible_play_hosts_all": everyone if hosts is None else hosts}


def test_when_all_is_as_wanted_it_says_so(act: Act, capsys: pytest.CaptureFixture[str]) -> None:
    asked = run({"prometheus": ["mon1"]}, prometheus_on_mon1=[row("prometheus"), row("prometheus", "release")])

    result = act("verify_report", asked)

    assert result == {"changed": False, "msg": "all 2 checks passed"}
    assert "ok  mon1  prometheus  version  3.5.3   3.5.3" in capsys.readouterr().out


def test_a_bad_row_fails_with_the_first_one_as_a_sentence(act: Act, capsys: pytest.CaptureFixture[str]) -> None:
    bad = [row("prometheus", seen="2.42.0", ok=False), row("prometheus", "target crm", seen="down", ok=False)]
    asked = run({"prometheus": ["mon1"]}, prometheus_on_mon1=[row("prometheus", "release"), *bad])

    result = act("verify_report", asked)

    assert result == {
        "failed": True,
        "msg": "2 of 3 checks failed; the first: prometheus on mon1, version: wanted 3.5.3, seen 2.42.0.",
    }
    assert capsys.readouterr().out.count("BAD") == 2


def test_what_a_host_says_cannot_command_the_terminal(act: Act, capsys: pytest.CaptureFixture[str]) -> None:
    asked = run({"prometheus": ["mon1"]}, prometheus_on_mon1=[row("prometheus", seen="\x1b[2J\x9b1m", ok=False)])

    result = act("verify_report", asked)

    assert result["msg"].endswith("seen [2J 1m.")
    assert not {"\x1b", "\x9b"} & set(capsys.readouterr().out)


def test_a_host_that_was_not_reached_is_a_bad_row_and_not_a_missing_one(act: Act) -> None:
    asked = run({"prometheus": ["mon1", "mon2"]}, prometheus_on_mon1=[row("prometheus")])

    result = act("verify_report", asked)

    assert result["msg"] == (
        "1 of 2 checks failed; the first: prometheus on mon2, host: wanted asked, seen not reached."
    )


def test_a_host_whose_asking_failed_is_a_bad_row(act: Act) -> None:
    asked = run({"prometheus": ["mon1"]})
    asked["hostvars"]["mon1"]["__prometheus_verification"] = {"failed": True, "msg": "no python3"}

    assert act("verify_report", asked)["failed"]


def test_each_component_is_told_by_its_group(act: Act, tmp_path: Path) -> None:
    groups = {"alertmanager": ["mon1", "mon2"], "prometheus": ["mon1"], "web": ["web1"]}
    asked = run(
        groups,
        prometheus_on_mon1=[row("prometheus")],
        alertmanager_on_mon1=[row("alertmanager")],
        alertmanager_on_mon2=[row("alertmanager")],
    )

    act("verify_report", asked, path=str(tmp_path / "report.json"))

    rows = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert [(r["component"], r["host"]) for r in rows] == [
        ("alertmanager", "mon1"),
        ("alertmanager", "mon2"),
        ("prometheus", "mon1"),
    ]


def test_hosts_outside_the_limit_are_left_out(act: Act) -> None:
    asked = run({"prometheus": ["mon1", "mon2"]}, hosts=["mon1"], prometheus_on_mon1=[row("prometheus")])

    assert act("verify_report", asked) == {"changed": False, "msg": "all 1 checks passed"}


def test_when_nothing_was_verified_it_fails(act: Act) -> None:
    result = act("verify_report", run({"web": ["web1"]}))

    assert result == {"failed": True, "msg": "nothing was verified: the inventory has no host with a component."}


@pytest.mark.parametrize("ok", [True, False])
def test_the_rows_are_written_as_json_also_when_one_is_bad(act: Act, tmp_path: Path, ok: bool) -> None:
    asked = run({"prometheus": ["mon1"]}, prometheus_on_mon1=[row("prometheus", ok=ok)])

    act("verify_report", asked, path=str(tmp_path / "report.json"))

    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"] is ok
    assert report["rows"] == [{"host": "mon1", **row("prometheus", ok=ok)}]
    assert datetime.fromisoformat(report["time"]).tzinfo is not None


def test_a_report_that_cannot_be_written_fails_with_a_sentence(act: Act, tmp_path: Path) -> None:
    asked = run({"prometheus": ["mon1"]}, prometheus_on_mon1=[row("prometheus")])

    result = act("verify_report", asked, path=str(tmp_path / "none" / "report.json"))

    assert result == {
        "failed": True,
        "msg": f"verify_report names {tmp_path}/none/report.json, which cannot be written (No such file or directory): "
        "name a file in a directory that exists on the controller.",
    }


def test_rows_of_a_host_come_first_and_are_missed_where_its_look_failed(act: Act, tmp_path: Path) -> None:
    asked = run(
        {"prometheus": ["mon1", "mon2", "mon3", "mon4"]},
        **{f"prometheus_on_mon{number}": [row("prometheus")] for number in (1, 2, 3, 4)},
        host_on_mon1=[row("host", "clock")],
    )
    asked["hostvars"]["mon2"]["__host_verification"] = {"failed": True, "msg": "the host has no nft"}
    asked["hostvars"]["mon3"]["__host_verification"] = {"skipped": True}

    result = act("verify_report", asked, path=str(tmp_path / "report.json"))

    rows = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert [(r["host"], r["check"], r["ok"]) for r in rows[:2]] == [("mon1", "clock", True), ("mon2", "host", False)]
    assert [r["component"] for r in rows[2:]] == ["prometheus"] * 4
    assert result["msg"].startswith("1 of 6 checks failed; the first: host on mon2")
