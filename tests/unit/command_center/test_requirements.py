# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file: complete for every supported Python, and the same versions as the tests run with."""

from __future__ import annotations

import re
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
LOCK = (ROOT / "roles/command_center/files/requirements.txt").read_text()
LOCKED = dict(re.findall(r"^(\w+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}$", LOCK, re.MULTILINE))


def normal(name: str) -> str:
    return name.lower().replace("-", "_")


def test_every_line_is_a_version_with_its_hash() -> None:
    lines = [line for line in LOCK.splitlines() if line and not line.startswith(("#", "--only-binary", "    --hash="))]
    assert len(lines) == len(LOCKED) > 4


def test_the_tests_run_with_the_locked_versions() -> None:
    assert {name: version(name) for name in LOCKED} == LOCKED


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_what_a_locked_package_needs_is_locked_too(python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    for name in LOCKED:
        for line in distribution(name).requires or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate(environment):
                assert normal(needed.name) in LOCKED, f"{name} needs {needed.name} on Python {python}"
                assert needed.specifier.contains(LOCKED[normal(needed.name)])


def test_every_locked_wheel_is_pure_python() -> None:
    for name in LOCKED:
        wheel = distribution(name).read_text("WHEEL") or ""
        assert "Root-Is-Purelib: true" in wheel, name
        assert "Tag: py3-none-any" in wheel or "Tag: py2.py3-none-any" in wheel, name
