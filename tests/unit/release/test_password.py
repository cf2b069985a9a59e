# SPDX-License-Identifier: GPL-3.0-or-later
"""A component with a password of its own, which it is told over its API: changed, switched back, killed in between."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

FIRST, SECOND = {"secrets/token": "first-password"}, {"secrets/token": "second-password"}


@pytest.fixture
def running(host: Any) -> Any:
    """The host with the first password, which the component has taken at its first start."""
    host.deploy("one", secrets=FIRST)
    host.service.put(password="first-password", failed_logins=0)
    return host


def test_a_new_password_is_told_before_the_switch_without_a_failed_login(running: Any) -> None:
    running.deploy("one", secrets=SECOND)

    assert running.service.state["password"] == "second-password"
    assert running.service.state["failed_logins"] == 0
    assert running.deploy().changed is False


def test_a_switch_back_tells_the_old_one_back(running: Any) -> None:
    with pytest.raises(ReleaseError, match="was switched back"):
        running.deploy("refuse-reload", secrets=SECOND)

    assert running.service.state["password"] == "first-password"
    assert running.deploy("one", secrets=FIRST).changed is False


def test_a_password_that_nobody_knows_ends_the_run_at_the_first_answer(running: Any) -> None:
    running.service.put(password="somebody-has-changed-it")

    for _ in range(2):
        with pytest.raises(ReleaseError, match="the password is another one"):
            running.deploy("one")

    assert running.service.state["failed_logins"] == 2


@pytest.mark.parametrize("inventory", [FIRST, SECOND], ids=["taken back", "as it was"])
def test_a_run_killed_between_password_and_switch_is_mended_by_the_next(
    running: Any, monkeypatch: pytest.MonkeyPatch, inventory: dict[str, str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(running.store, "switch", kill)
        with pytest.raises(KeyboardInterrupt):
            running.deploy("one", secrets=SECOND)
    assert running.service.state["password"] == "second-password"

    running.deploy("one", secrets=inventory)

    assert running.service.state["password"] == inventory["secrets/token"]
    assert running.service.state["failed_logins"] < 5
    assert running.deploy().changed is False


def test_a_run_killed_in_its_switch_back_is_mended_by_the_next(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    switch, switched = running.store.switch, []

    def die_at_the_second(release: Any) -> None:
        if switched:
            kill(release)
        switched.append(release.id)
        switch(release)

    with monkeypatch.context() as patch:
        patch.setattr(running.store, "switch", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            running.deploy("refuse-reload", secrets=SECOND)
    assert running.service.state["password"] == "first-password"

    running.deploy("two", secrets=SECOND)

    assert running.service.state["password"] == "second-password"
    assert running.service.state["failed_logins"] < 5


def kill(_release: Any) -> None:
    raise KeyboardInterrupt
