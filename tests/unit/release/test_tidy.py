# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release before left in a component, and that a deploy removes over its API."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def running(host: Any) -> Any:
    host.deploy("one")
    host.service.put(left="a folder")
    return host


@pytest.mark.parametrize(("changes", "action"), [({}, "reload"), ({"flags": "ARGS=--port=2\n"}, "restart")])
def test_it_is_removed_with_the_deploy_that_leaves_it(running: Any, changes: dict[str, str], action: str) -> None:
    assert running.deploy("two", **changes).action == action

    assert running.service.state["left"] == ""
    assert running.deploy().changed is False


def test_a_release_that_is_switched_back_removes_nothing(running: Any) -> None:
    running.failure("refuse-reload\n")

    assert running.service.state["left"] == "a folder"


def test_to_ask_to_rehearse_and_to_find_nothing_to_do_remove_nothing(running: Any) -> None:
    engine = running.engine()

    assert engine.plan().reasons == engine.rehearse().reasons == []
    assert not running.deploy().changed
    assert running.service.state["left"] == "a folder"


def test_what_does_not_go_is_told_and_is_no_reason_against_the_release(running: Any) -> None:
    running.service.put(left="what it does not give up")

    outcome = running.deploy("two")

    assert outcome.changed and outcome.warnings == ["what it does not give up is still there"]
