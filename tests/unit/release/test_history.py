# SPDX-License-Identifier: GPL-3.0-or-later
"""release_history on the host: what journal and releases say, the texts that differ, and nothing that is secret."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import history
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.history import predecessors
from ansible_collections.aetherlink.monitoring.plugins.modules import release_history
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.report import report

from .conftest import CONFIG, Host


def answer(host: Host, last: int = 0) -> dict[str, Any]:
    return release_history.read(host.root / "opt", ["app"], last)


def facts(host: Host) -> dict[str, Any]:
    return answer(host)["components"][0]


def tell(host: Host) -> list[dict[str, Any]]:
    found = answer(host)
    return report(found["components"], found["texts"], with_diff=False)


def release(host: Host, number: int) -> dict[str, Any]:
    return next(r for r in facts(host)["releases"] if r["id"].startswith(f"{number:04}-"))


def texts(host: Host, number: int, path: str = CONFIG) -> tuple[str | None, str | None]:
    """(old, new) of a file that a release changed."""
    told = answer(host)
    found = next(r for r in told["components"][0]["releases"] if r["id"].startswith(f"{number:04}-"))
    (file,) = (f for f in found["files"] if f["path"] == path)
    old, new = (None if file[side] is None else told["texts"][file[side]] for side in ("old", "new"))
    return old, new


def names(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(file["path"], file["change"]) for file in found["files"]]


def test_the_first_release_has_nothing_before_it(host: Host) -> None:
    host.deploy()

    found = release(host, 1)

    assert (found["before"], found["compared"], found["files"], found["kept"]) == ("", False, [], True)
    assert (found["by"], found["version"], found["method"], found["environment"]) == (
        "alice@controller",
        "1.0",
        "artifact",
        "dev",
    )
    assert [event["event"] for event in found["events"]] == ["staged", "switching", "activated"]
    assert facts(host)["active"] == found["id"]


def test_a_release_is_compared_with_the_one_before_it_by_the_files_that_differ(host: Host) -> None:
    host.deploy()
    host.deploy(files={"app.conf": "two\n", "more.conf": "more\n"}, revision="abc")

    found = release(host, 2)

    assert names(found) == [(CONFIG, "changed"), ("etc/more.conf", "added")]
    assert texts(host, 2) == ("one\n", "two\n")
    assert texts(host, 2, "etc/more.conf") == (None, "more\n")
    assert (found["compared"], found["settings"], found["revision"]) == (True, {}, "abc")


def test_a_text_is_given_once_however_many_releases_have_it(host: Host) -> None:
    for text in ("one\n", "two\n", "one\n", "two\n"):
        host.deploy(text)

    assert sorted(answer(host)["texts"]) == ["one\n", "two\n"]


def test_what_makes_it_another_release_beside_its_files_is_told(host: Host) -> None:
    host.deploy()
    host.deploy(restart_on=["0.0.0.0:1"], environment="staging", move_environment=True)

    assert release(host, 2)["settings"] == {"environment": ["dev", "staging"], "restart_on": [[], ["0.0.0.0:1"]]}


def test_a_secret_file_is_told_as_changed_and_no_text_and_no_sum_is_given(host: Host) -> None:
    host.deploy()
    host.deploy(secrets={"secrets/token": "swordfish-swordfish"}, files={"app.conf": "two swordfish-swordfish\n"})

    told = answer(host)

    (secret,) = (f for f in release(host, 2)["files"] if f["secret"])
    assert secret == {
        "path": "etc/secrets/token",
        "change": "changed",
        "secret": True,
        "old": None,
        "new": None,
        "untold": "",
    }
    assert texts(host, 2) == ("one\n", "two masked\n")
    shown = json.dumps(told)
    assert "swordfish" not in shown and "hunter2" not in shown
    assert not re.search(r"[0-9a-f]{64}", shown)


def test_credentials_in_a_url_are_masked(host: Host) -> None:
    host.deploy()
    host.deploy("url: https://alice:pw@example.org/\n")

    assert texts(host, 2)[1] == "url: https://masked@example.org/\n"


def test_a_secret_in_a_reason_is_masked(host: Host) -> None:
    host.deploy()
    host.store.journal.append("held", host.active.id, by="bob", why="hunter2-hunter2 leaked")

    assert facts(host)["hold"]["why"] == "masked leaked"
    assert "hunter2" not in json.dumps(answer(host))


def test_after_a_failed_release_the_next_one_is_compared_with_the_one_that_was_active(host: Host) -> None:
    host.deploy()
    host.failure("refuse-reload\n")
    host.deploy("three\n")

    assert texts(host, 2) == ("one\n", "refuse-reload\n")
    assert texts(host, 3) == ("one\n", "three\n")
    # 2 failed, and what became of it is told there: which one came back.
    assert [e["event"] for e in release(host, 2)["events"]][-2:] == ["failed", "switched_back"]


def test_a_refused_release_is_known_by_the_journal_alone(host: Host) -> None:
    host.deploy()
    host.failure("broken\n")

    found = release(host, 2)

    assert (found["kept"], found["by"], found["version"], found["files"]) == (False, "alice@controller", None, [])
    assert found["created"] == found["events"][0]["time"] != ""
    assert "unknown word broken" in found["events"][0]["why"]


def test_pruned_releases_are_still_told_and_cannot_be_compared_with(host: Host) -> None:
    for text in ("one\n", "two\n", "three\n", "four\n"):
        host.deploy(text, keep=2)

    assert [(r["id"][:4], r["kept"], r["compared"]) for r in facts(host)["releases"]] == [
        ("0004", True, True),
        ("0003", True, False),
        ("0002", False, False),
        ("0001", False, False),
    ]
    assert release(host, 3)["before"].startswith("0002-")
    assert release(host, 1)["by"] == "alice@controller"


def test_the_newest_releases_come_first_and_the_rest_is_counted(host: Host) -> None:
    for text in ("one\n", "two\n", "three\n"):
        host.deploy(text)

    (found,) = answer(host, last=2)["components"]

    assert [r["id"][:4] for r in found["releases"]] == ["0003", "0002"]
    assert found["total"] == 3


@pytest.mark.parametrize("bound", ["LARGEST", "TOTAL"])
def test_a_large_file_is_only_named(host: Host, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(history, bound, 10)
    host.deploy()
    host.deploy("two, and that is a long text\n")

    (file,) = release(host, 2)["files"]
    assert (file["path"], file["old"], file["new"]) == (CONFIG, 0, None)
    assert file["untold"] == "it is too large to be compared"
    assert answer(host)["texts"] == ["one\n"]


@pytest.mark.parametrize(
    ("harm", "phrase"),
    [
        (lambda path: path.write_text("by hand\n"), "it was changed on the host in"),
        (lambda path: path.unlink(), "it is missing in"),
    ],
)
def test_what_was_changed_behind_our_back_is_not_taken_for_what_was_deployed(
    host: Host, harm: Callable[[Any], None], phrase: str
) -> None:
    host.deploy()
    host.deploy("two\n")
    harm(host.active.path / CONFIG)

    (file,) = release(host, 2)["files"]
    assert file["untold"] == f"{phrase} {host.active.id}"
    assert "by hand" not in json.dumps(answer(host))


@pytest.mark.parametrize(
    "harm", [lambda p: p.write_text("{torn"), lambda p: p.write_text("[]"), lambda p: p.write_text("{}"), Path.unlink]
)
def test_a_release_without_its_json_is_damaged(host: Host, harm: Callable[[Any], None]) -> None:
    host.deploy()
    host.deploy("two\n")
    harm(host.active.path / "release.json")

    found = release(host, 2)
    assert (found["damaged"], found["kept"], found["compared"]) == (True, True, False)


def test_without_its_journal_a_release_is_compared_with_the_one_before_it_on_disk(host: Host) -> None:
    host.deploy()
    host.deploy("two\n")
    host.store.journal.path.write_text('{"event": "odd"}\nnonsense\n')

    assert texts(host, 2) == ("one\n", "two\n")
    assert release(host, 1)["before"] == ""


def test_the_hold_is_told_until_it_is_lifted(host: Host) -> None:
    host.deploy()
    host.store.journal.append("held", host.active.id, by="bob@controller", why="the disk is full")
    held = facts(host)["hold"]
    host.store.journal.append("unheld", host.active.id, by="bob@controller")

    assert (held["by"], held["why"]) == ("bob@controller", "the disk is full")
    assert held["since"].startswith("20")
    assert facts(host)["hold"] is None


def test_what_a_rollback_left_is_told_and_so_is_what_it_passed_over(host: Host) -> None:
    first = host.deploy().release
    second, third = (host.deploy(text).release for text in ("two\n", "three\n"))
    host.rollback(to=first)

    (told,) = tell(host)
    assert told["left"] == [second, third]
    assert [one["state"] for one in told["releases"]] == ["rolled back", "rolled back", "active"]
    assert f"passed it over, going back from {third} to {first}" in told["releases"][1]["reason"]

    host.rollback(to=second)
    (told,) = tell(host)
    assert [one["state"] for one in told["releases"]] == ["rolled back", "active", "healthy"]
    assert told["releases"][2]["reason"] == ""


def test_what_the_health_check_saw_stays_on_the_host(host: Host) -> None:
    host.deploy()

    assert "health" not in json.dumps(facts(host))


def test_by_default_every_component_with_a_journal_is_read(host: Host) -> None:
    host.deploy()
    (host.root / "opt" / "left").mkdir()
    (host.root / "opt" / "left" / "left_out").write_text("there is no source")

    assert [c["component"] for c in release_history.read(host.root / "opt", [], 0)["components"]] == ["app"]
    (left,) = release_history.read(host.root / "opt", ["left"], 0)["components"]
    assert (left["releases"], left["total"], left["left_out"]) == ([], 0, "there is no source")


def event(name: str, release: str, **fields: Any) -> dict[str, Any]:
    return {"event": name, "release": release, **fields}


def test_a_switch_says_what_was_active_also_when_the_run_before_was_killed() -> None:
    events = [
        event("staged", "1"),
        event("switching", "1", previous=None),
        event("activated", "1"),
        event("staged", "2"),
        event("switching", "2", previous="1"),  # killed here
        event("staged", "3"),
        event("switching", "3", previous="2"),
        event("activated", "3"),
    ]
    assert predecessors(events) == {"1": "", "2": "1", "3": "2"}


def test_going_back_to_a_release_changes_nothing_about_where_it_came_from() -> None:
    events = [
        event("staged", "1"),
        event("activated", "1"),
        event("staged", "2"),
        event("switching", "2", previous="1"),
        event("activated", "2"),
        event("switching", "1", previous="2"),
        event("rolled_back", "1", left="2"),
        event("staged", "3"),
        event("switching", "3", previous="1"),
    ]
    assert predecessors(events) == {"1": "", "2": "1", "3": "1"}


def test_after_a_first_release_that_was_stopped_nothing_is_active() -> None:
    events = [event("staged", "1"), event("activated", "1"), event("stopped", "1"), event("staged", "2")]

    assert predecessors(events)["2"] == ""


def failure(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None, **params: Any) -> str:
    """The sentence that the module fails with."""
    told: list[str] = []

    def fail_json(msg: str) -> None:
        told.append(msg)
        raise SystemExit

    def refuse(*_: Any) -> None:
        assert error
        raise error

    module = SimpleNamespace(params={"components": [], "last": 10, "root": "/opt", **params}, fail_json=fail_json)
    monkeypatch.setattr(release_history, "AnsibleModule", lambda **_: module)
    monkeypatch.setattr(release_history, "read", refuse)
    with pytest.raises(SystemExit):
        release_history.main()
    return told[0]


def test_who_may_not_read_is_told_to_be_root(monkeypatch: pytest.MonkeyPatch) -> None:
    error = PermissionError(13, "Permission denied", "/opt/aetherlink/app/journal.jsonl")

    assert failure(monkeypatch, error) == (
        "the host does not let this user read /opt/aetherlink/app/journal.jsonl: ask as root, with become: true."
    )


def test_a_disk_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure(monkeypatch, OSError(5, "Input/output error", "/opt/x")) == (
        "the host refused to read /opt/x: Input/output error."
    )


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"components": ["../etc"]}, 'components has "../etc", which is no name of a component: write it like'),
        ({"last": -1}, "last is -1: write how many releases to list, or 0 for all."),
    ],
)
def test_arguments_that_are_none_are_refused(
    monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], sentence: str
) -> None:
    assert failure(monkeypatch, **params).startswith(sentence)
