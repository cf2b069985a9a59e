# SPDX-License-Identifier: GPL-3.0-or-later
"""The inbox's lock file: complete for every supported Python, pure, and what the tests and Command Center run with."""

from __future__ import annotations

import re
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROLES = Path(__file__).parents[3] / "roles"


def locked(role: str) -> dict[str, str]:
    text = (ROLES / role / "files/requirements.txt").read_text()
    return dict(re.findall(r"^(\w+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE))


LOCKED = locked("inbox")


def test_versions_are_those_of_the_tests_and_of_command_center() -> None:
    assert len(LOCKED) > 4
    assert {name: version(name) for name in LOCKED} == LOCKED
    other = locked("command_center")
    assert {name: other[name] for name in LOCKED.keys() & other} == {
        name: LOCKED[name] for name in LOCKED.keys() & other
    }


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_what_a_locked_package_needs_is_locked_too(python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    for needing in LOCKED:
        for needed in map(Requirement, distribution(needing).requires or []):
            if needed.marker is None or needed.marker.evaluate(environment):
                name = needed.name.lower().replace("-", "_")
                assert name in LOCKED, f"{needing} needs {name} on Python {python}"
                assert needed.specifier.contains(LOCKED[name])


def test_every_locked_wheel_is_pure_python() -> None:
    for name in LOCKED:
        assert "Root-Is-Purelib: true" in (distribution(name).read_text("WHEEL") or ""), name
