# SPDX-License-Identifier: GPL-3.0-or-later
"""With whose password the service is asked around a switch, where it differs from release to release."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.modules import release


@pytest.fixture
def asked(host: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(release, whose access) of each health check, by serial; none where it is the release's own."""
    found: list[tuple[str, str]] = []
    real = type(host.service).check

    def check(self: Any, release: Any, running: Any = None) -> Any:
        found.append((release.id[:4], running.id[:4] if running else ""))
        return real(self, release, running)

    monkeypatch.setattr(type(host.service), "check", check)
    return found


def test_what_runs_before_a_switch_is_asked_as_itself_and_after_it_as_the_new_one(host: Any, asked: Any) -> None:
    host.deploy("one\n")
    asked.clear()

    host.deploy("two\n")

    assert asked[0] == ("0001", "")  # the plan
    assert asked[1] == ("0002", "0001")
    assert set(asked[2:]) == {("0002", "")}


def test_before_a_switch_back_it_is_the_bad_one_that_runs(host: Any, asked: Any) -> None:
    host.deploy("one\n")
    asked.clear()

    host.failure("refuse-reload\n")

    assert ("0001", "0002") in asked
    assert asked[-1] == ("0001", "")


def test_a_watch_gets_the_password_of_the_release_that_is_made() -> None:
    watch = {"url": "https://10.0.0.1:9090", "duration": 60.0}
    secrets = {"secrets/web_password": "correct horse", "secrets/token": "x"}

    assert release.watch_of({"watch": watch, "secrets": secrets}) == {**watch, "password": "correct horse"}
    assert release.watch_of({"watch": watch, "secrets": {}})["password"] == ""
    assert release.watch_of({"watch": {}, "secrets": secrets}) == {}
