# SPDX-License-Identifier: GPL-3.0-or-later
"""host_baseline on the controller: a clock that is off or that nothing keeps right, by a double of the module."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.action.host_baseline import ActionModule

LOCAL = {"inventory_hostname": "mon1", "groups": {}, "hostvars": {"mon1": {}}}


@pytest.fixture
def judge(act: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """judge(ahead=60, synchronised=False, **options): the action's result, of a double of the module on that host."""

    def run(ahead: float = 0, synchronised: bool | None = True, **options: Any) -> dict[str, Any]:
        def answer(_self: Any, _name: str, module_args: dict[str, Any], **_: Any) -> dict[str, Any]:
            now = time.time() + ahead
            rows = {"rows": []} if module_args.get("look") else {}
            return {"changed": False, "clock": {"time": now, "ended": now, "synchronised": synchronised}, **rows}

        monkeypatch.setattr(ActionModule, "_execute_module", answer)
        result: dict[str, Any] = act("host_baseline", LOCAL, **options)
        return result

    return run


@pytest.mark.parametrize(("ahead", "told"), [(60, "60.0 s ahead of"), (-60, "60.0 s behind")])
def test_a_clock_that_is_off_is_refused(judge: Any, ahead: float, told: str) -> None:
    result = judge(ahead)

    assert result["failed"]
    assert f"the clock of mon1 is {told} the controller's, and host_clock_limit is 5 s" in result["msg"]


def test_within_the_limit_and_without_the_check_it_is_fine(judge: Any) -> None:
    assert "failed" not in judge(3)
    assert "failed" not in judge(60, clock_limit=90)
    assert "failed" not in judge(60, clock=False)


def test_a_clock_that_nothing_keeps_right_is_refused_warned_of_or_ignored(judge: Any, capsys: Any) -> None:
    assert "is not synchronised" in judge(synchronised=False, clock_unsynchronised="refuse")["msg"]
    assert "failed" not in judge(synchronised=False, clock_unsynchronised="ignore")
    assert "is not synchronised" not in capsys.readouterr().err
    assert "failed" not in judge(synchronised=False)
    assert "is not synchronised" in " ".join(capsys.readouterr().err.split())


def test_in_a_container_nobody_can_say(judge: Any) -> None:
    assert "failed" not in judge(synchronised=None, clock_unsynchronised="refuse")


@pytest.mark.parametrize(("ahead", "ok"), [(0, True), (60, False)])
def test_in_verification_it_is_a_row(judge: Any, ahead: float, ok: bool) -> None:
    result = judge(ahead, look=True)

    assert "failed" not in result
    (found,) = result["rows"]
    assert (found["component"], found["check"], found["ok"]) == ("host", "clock", ok)


@pytest.fixture
def asked(act: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """asked(aether_env="prod", look=True): what the module is asked about the environment, or the action's sentence."""

    def run(look: bool = False, **variables: Any) -> Any:
        seen: dict[str, Any] = {}

        def answer(_self: Any, _name: str, module_args: dict[str, Any], **_: Any) -> dict[str, Any]:
            seen.update(module_args)
            return {"changed": False}

        monkeypatch.setattr(ActionModule, "_execute_module", answer)
        result = act("host_baseline", LOCAL | variables, look=look)
        return result.get("msg") or (seen.get("environment"), seen.get("move_environment"))

    return run


def test_the_host_is_asked_whether_it_is_of_the_environment(asked: Any) -> None:
    assert asked(aether_env="prod") == ("prod", False)
    assert asked(aether_env="prod", move_environment="true") == ("prod", True)
    assert asked(aether_env="prod", look=True) == (None, None)  # verification only looks
    assert asked(aether_env="prod", move_environment="perhaps") == (
        'move_environment is "perhaps": make it true, or take it out.'
    )


def test_an_environment_that_is_none_is_left_to_the_components_to_tell(asked: Any) -> None:
    assert asked() == ("", False)
    assert asked(aether_env="prodd") == ("", False)
