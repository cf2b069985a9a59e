# SPDX-License-Identifier: GPL-3.0-or-later
"""A package repository that the host's apt does not know yet, though the program is installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.modules import release

REASON = "the package repository or its key differs"


@pytest.fixture
def moved(host: Any, tmp_path: Path) -> Any:
    """A host with the program, whose inventory names another mirror."""
    host.deploy("one")
    path = tmp_path / "app.sources"
    path.write_text("URIs: a\n")
    source = {"path": str(path), "content": "URIs: b\n"}
    host.wanted = replace(host.wanted, program=replace(host.wanted.program, apt_source=source))
    return SimpleNamespace(host=host, path=path)


def test_it_is_a_reason_and_needs_no_program(moved: Any) -> None:
    found = release.plan(moved.host.engine(), {}, "")

    assert (found["pending"], found["reasons"]) == (True, [REASON])
    assert found["needs"] == {"user": False, "program": False, "repository": True}


def test_a_rehearsal_tells_it_and_checks_with_the_program_that_is_there(moved: Any) -> None:
    outcome = moved.host.engine().rehearse()

    assert (outcome.changed, outcome.reasons, outcome.warnings) == (True, [REASON], [])
    with pytest.raises(ReleaseError, match="app check"):
        moved.host.engine(files={"app.conf": "broken"}).rehearse()
    assert moved.path.read_text() == "URIs: a\n"


def test_nothing_is_left_to_do_once_apt_has_it(moved: Any) -> None:
    moved.path.write_text("URIs: b\n")

    outcome = moved.host.deploy()

    assert (outcome.changed, moved.host.service.calls) == (False, [])
    assert release.plan(moved.host.engine(), {}, "")["needs"]["repository"] is False


def test_where_the_program_is_not_there_yet_that_is_the_reason(moved: Any) -> None:
    program = replace(moved.host.wanted.program, method="package", package="no-such-package")

    found = release.plan(moved.host.engine(program=program), {}, "")

    assert REASON not in found["reasons"]
    assert found["needs"] == {"user": False, "program": True, "repository": True}
