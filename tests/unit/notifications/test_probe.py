# SPDX-License-Identifier: GPL-3.0-or-later
"""The probes of a staged release: what they read of it, and that whatever goes wrong is a sentence."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications import probe

CONFIG: dict[str, Any] = {
    "receivers": [{"name": "team", "slack_configs": [{"channel": "#a", "title": "down", "text": "crm"}]}],
    "route": {"receiver": "team"},
}
TEST = {"name": "t", "alert": {"alertname": "Down"}, "receivers": ["team"]}


@pytest.fixture
def release(tmp_path: Path, programs: Path) -> Path:
    (tmp_path / "etc" / "templates").mkdir(parents=True)
    (tmp_path / "bin").symlink_to(programs)
    return tmp_path


def problems(release: Path, name: str, config: dict[str, Any], *tests: dict[str, Any]) -> list[str]:
    (release / "etc" / "routing_tests.json").write_text(json.dumps({"config": config, "tests": tests}))
    return probe.problems(name, release, getpass.getuser())


def test_a_release_that_is_well_has_no_problems(release: Path) -> None:
    assert problems(release, "routing", CONFIG, TEST) == []
    assert problems(release, "notifications", CONFIG, TEST) == []


def test_each_probe_says_what_it_found(release: Path) -> None:
    bad = {**CONFIG, "receivers": [{"name": "team", "slack_configs": [{"channel": "#a", "title_link": "/x"}]}]}

    assert problems(release, "routing", bad, {**TEST, "receivers": []}) == [
        'routing test "t": goes to team, not to nobody'
    ]
    assert set(problems(release, "notifications", bad)) == {'receiver "team": a link for Slack is no URL: /x'}


def test_a_time_zone_that_the_host_does_not_know_is_a_sentence(release: Path) -> None:
    interval = {"name": "i", "time_intervals": [{"location": "Mars/Olympus"}]}

    (found,) = problems(
        release, "routing", {**CONFIG, "time_intervals": [interval]}, {**TEST, "at": "2026-11-30T10:00:00Z"}
    )

    assert found.startswith("this host does not know the time zone Mars/Olympus")


def test_a_release_without_the_tests_input_or_program_is_a_sentence(tmp_path: Path, release: Path) -> None:
    (missing,) = probe.problems("routing", tmp_path / "nowhere", getpass.getuser())
    (release / "bin").unlink()

    (found,) = problems(release, "routing", CONFIG, TEST)

    assert "routing_tests.json" in missing
    assert found.startswith("Alertmanager does not start with the configuration: ")
