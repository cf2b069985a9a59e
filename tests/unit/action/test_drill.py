# SPDX-License-Identifier: GPL-3.0-or-later
"""drill: led from the controller, with a double of the host that sees what a test wants it to see."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.action import drill

Act = Callable[..., dict[str, Any]]
START = 1_000_000.0
CONFIG = """
route: {receiver: slack, group_wait: 5s, routes: [{receiver: boss, matchers: ['drill="true"'], group_wait: 1h,
  continue: true}, {receiver: slack, matchers: ['drill="true"']}]}
receivers: [{name: slack, slack_configs: [{send_resolved: true}]}, {name: boss, email_configs: [{}]}]
"""


class DoubleOfHost:
    """Answers the steps. seen: what each look finds, by name and seconds since the start; now: the clock after it."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.specs: list[dict[str, Any]] = []
        self.awaited: list[list[str]] = []
        self.looks: list[dict[str, float]] = []
        self.now = 0.0
        self.refusal = ""
        self.failed: dict[str, int] = {}
        self.config = CONFIG
        self.alert: dict[str, Any] = {"receivers": ["boss", "slack"], "silenced": False, "inhibited": False}

    def answer(self, *_: Any, module_args: dict[str, Any], **__: Any) -> dict[str, Any]:
        self.steps.append(module_args["step"])
        self.specs.append(json.loads(json.dumps(module_args["spec"])))
        if self.refusal:
            return {"failed": True, "msg": self.refusal}
        marks = {"message": 0, "counts": {}}
        if module_args["step"] == "begin":
            return {"found": {"config": self.config, "marks": marks, "started": START}}
        if module_args["step"] == "end":
            return {"found": {"ended": START + self.now + 1, "marks": {**marks, "message": 7}}}
        self.awaited.append(module_args["awaited"])
        seen = self.looks.pop(0) if self.looks else {}
        self.now = max([self.now + 15, *seen.values()])
        times = {name: START + at for name, at in seen.items()}
        return {"found": {"seen": times, "now": START + self.now, "alert": self.alert, "failed": self.failed}}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> DoubleOfHost:
    made = DoubleOfHost()
    monkeypatch.setattr(drill.ActionModule, "_execute_module", made.answer)
    return made


def test_a_synthetic_drill_is_followed_to_its_end(
    act: Act, host: DoubleOfHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host.looks = [{"received": 0.5}, {"notified:slack/slack": 5.75}, {"closed": 33}, {"notified:slack/slack": 306}]

    result = act("drill", kind="synthetic", env="prod", report=str(tmp_path / "drill.json"))

    assert host.steps == ["begin", "watch", "watch", "end", "watch", "watch"]
    assert host.awaited[0] == ["received", "notified:slack/slack"]
    assert [(e["event"], e["at"], e["settings"], e["own"]) for e in result["events"]] == [
        ("Alertmanager has the alert", 0.5, 0, 0.5),
        ("slack is notified by slack", 5.75, 5, 0.25),
        ("Alertmanager resolves the alert", 33, 0, 2),
        ("slack is notified by slack that it is resolved", 306, 272.75, 0.25),
    ]
    assert result["receivers"] == {"slack/slack": {"notified": 0.75, "resolved": 2.25}, "boss/email": {}}
    assert result["skipped"] == ["boss would be notified by email only after 60 min"]
    report = json.loads((tmp_path / "drill.json").read_text())
    assert (report["ok"], report["events"]) == (True, result["events"])
    shown = capsys.readouterr().out
    assert "own delay to slack/slack: 0.8 s until the notification, 2.2 s until the resolved notification" in shown


def test_what_the_host_says_cannot_command_the_terminal(
    act: Act, host: DoubleOfHost, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "sl\x9b2J\u202eack"
    host.config = json.dumps(yaml.safe_load(CONFIG)).replace('slack"', 'sl\\u009b2J\\u202eack"')
    host.alert["receivers"] = ["boss", name]
    told = f"notified:{name}/slack"
    host.looks = [{"received": 0.5, told: 5}, {"closed": 33, told: 306}]

    act("drill", kind="synthetic", env="prod")

    shown = capsys.readouterr().out
    assert "sl 2J ack is notified by slack" in shown and "own delay to sl 2J ack/slack" in shown
    assert not {"\x9b", "\u202e"} & set(shown)

    host.refusal = "no \x1b[2Janswer"
    assert act("drill", kind="synthetic", env="prod")["msg"] == "no [2Janswer"


def test_while_something_is_broken_the_host_is_told_and_after_the_end_it_is_not(act: Act, host: DoubleOfHost) -> None:
    host.looks = [{"received": 0.5, "notified:slack/slack": 5}, {"closed": 33, "notified:slack/slack": 306}]

    act("drill", kind="synthetic", env="prod")

    assert [(s, spec["breaking"]) for s, spec in zip(host.steps, host.specs, strict=True)] == [
        ("begin", True),
        ("watch", True),
        ("end", True),
        ("watch", False),
    ]
    labels = {json.dumps(spec["labels"]) for spec in host.specs}
    assert len(labels) == 1 and '"drill": "true"' in labels.pop()
    assert host.specs[-1]["marks"]["message"] == 7


def test_a_receiver_that_is_not_told_in_time_fails_it_with_the_cause_and_what_was_broken_is_mended(
    act: Act, host: DoubleOfHost
) -> None:
    host.looks = [{"received": 0.5}]
    host.failed = {"slack": 3}

    result = act("drill", kind="synthetic", env="prod", patience="10s")

    assert result == {
        "failed": True,
        "msg": "not seen: slack is notified by slack. It was due within 5 s (group_wait 5 s), and 10 s more have "
        "passed: 3 notifications by slack failed meanwhile.",
    }
    assert host.steps[-1] == "end"


def test_a_drill_that_fails_still_tells_what_was_seen(act: Act, host: DoubleOfHost, tmp_path: Path) -> None:
    host.looks = [{"received": 0.5}]

    act("drill", kind="synthetic", env="prod", patience="10s", report=str(tmp_path / "drill.json"))

    report = json.loads((tmp_path / "drill.json").read_text())
    assert report["ok"] is False
    assert [event["event"] for event in report["events"]] == ["Alertmanager has the alert"]


@pytest.mark.parametrize("state", ["silenced", "inhibited"])
def test_an_alert_that_is_held_back_fails_it_whatever_else_is_told(act: Act, host: DoubleOfHost, state: str) -> None:
    host.looks = [{"received": 0.5, "notified:slack/slack": 5}]
    host.alert[state] = True

    result = act("drill", kind="synthetic", env="prod")

    assert result["msg"].startswith(f"no receiver is notified: the alert is {state} in Alertmanager.")
    assert host.steps[-1] == "end"


def test_a_receiver_that_alertmanager_tells_and_the_drill_did_not_reckon_with_fails_it(
    act: Act, host: DoubleOfHost
) -> None:
    host.looks = [{"received": 0.5, "notified:slack/slack": 5}]
    host.alert["receivers"] = ["slack"]

    assert (
        "Alertmanager routes the alert to slack, and the drill read" in act("drill", kind="synthetic", env="x")["msg"]
    )


def test_a_drill_in_which_no_receiver_would_be_notified_in_time_fails(act: Act, host: DoubleOfHost) -> None:
    result = act("drill", kind="synthetic", env="prod", longest_wait="1s")

    assert result["msg"] == (
        "no receiver would be notified, so the drill has nothing to check: slack would be notified by slack only after "
        "5 s; boss would be notified by email only after 60 min."
    )


def test_what_the_host_refuses_is_said_and_nothing_is_ended_that_was_not_begun(act: Act, host: DoubleOfHost) -> None:
    host.refusal = "crm is not healthy before the drill."

    assert act("drill", kind="outage", env="dev") == {"failed": True, "msg": "crm is not healthy before the drill."}
    assert host.steps == ["begin"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"patience": "long"}, 'patience is "long", which is not a duration'),
        ({"report": "/nowhere/drill.json"}, "drill_report names /nowhere/drill.json, which cannot be written"),
        ({"report": "/tmp"}, "drill_report names /tmp, which cannot be written"),
        ({"report": "/proc/self/cwd"}, "drill_report names /proc/self/cwd, which is a symbolic link"),
    ],
)
def test_bad_input_is_one_sentence(act: Act, host: DoubleOfHost, arguments: dict[str, str], sentence: str) -> None:
    assert sentence in act("drill", kind="synthetic", env="prod", **arguments)["msg"]
    assert host.steps == []


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("a: &a [x]\nreceivers: [*a, *a]", "it has aliases"),
        ("[" * 100_000, "it is nested more than 100 deep"),
        ("x" * 2_000_000, "it has more than 1048576 characters"),
        ("route: [", "it is no configuration of Alertmanager"),
        ("[]", "it is no configuration of Alertmanager"),
        ("route: {receiver: a}\nreceivers: []", "it is no configuration of Alertmanager"),
        ("route: {receiver: [a]}\nreceivers: [{name: a}]", "it is no configuration of Alertmanager"),
    ],
)
def test_a_configuration_that_no_alertmanager_has_is_refused_with_the_hosts_name(
    act: Act, host: DoubleOfHost, config: str, reason: str
) -> None:
    host.config = config

    result = act("drill", {"inventory_hostname": "alert1"}, kind="synthetic", env="prod")

    assert result == {
        "failed": True,
        "msg": f"the drill does not read the configuration that Alertmanager on alert1 says it runs, because {reason}: "
        "find out who changed it, deploy it again, then drill.",
    }
    assert host.steps == ["begin", "end"]


def test_a_report_that_cannot_be_written_in_the_end_fails_the_drill(
    act: Act, host: DoubleOfHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.looks = [{"received": 0.5}, {"notified:slack/slack": 5.75}, {"closed": 33}, {"notified:slack/slack": 306}]
    report = tmp_path / "reports" / "drill.json"
    report.parent.mkdir()
    answer = host.answer

    def and_take_the_directory(*given: Any, **more: Any) -> dict[str, Any]:
        if report.parent.exists():
            report.parent.rmdir()
        return answer(*given, **more)

    monkeypatch.setattr(drill.ActionModule, "_execute_module", and_take_the_directory)

    result = act("drill", kind="synthetic", env="prod", report=str(report))

    assert result["failed"]
    assert result["msg"].startswith(f"drill_report names {report}, which cannot be written (No such")
