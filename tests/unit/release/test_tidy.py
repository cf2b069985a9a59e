# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier releases left in a component, and that a deploy removes over its API."""

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
    assert running.service.calls == [action, "tidy"]
    assert running.deploy().changed is False


def test_it_is_a_reason_for_a_deploy_by_itself(running: Any) -> None:
    outcome = running.deploy()

    assert outcome.reasons == ["the service does not prove healthy: a folder is still there"]
    assert running.service.state["left"] == ""


def test_to_ask_and_to_rehearse_remove_nothing(running: Any) -> None:
    engine = running.engine()

    assert engine.plan().reasons == engine.rehearse().reasons != []
    assert running.service.state["left"] == "a folder"


def test_what_does_not_go_ends_the_deploy(running: Any) -> None:
    running.service.put(left="what it does not give up")

    error = running.failure("two")

    assert "did not prove healthy" in str(error) and "what it does not give up is still there" in str(error)
