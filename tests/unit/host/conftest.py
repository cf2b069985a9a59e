# SPDX-License-Identifier: GPL-3.0-or-later
"""A host below a temporary directory, whose commands are a double that notes what was run."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import Change, Machine


@dataclass
class DoubleOfCommands:
    """answers: {beginning of a command line: (status, output, errors)}; the longest beginning counts, else success."""

    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    stdin: list[str] = field(default_factory=list)

    def __call__(self, command: list[str], stdin: str) -> tuple[int, str, str]:
        line = " ".join(command)
        self.ran.append(line)
        self.stdin.append(stdin)
        fitting = [start for start in self.answers if line.startswith(start)]
        return self.answers[max(fitting, key=len)] if fitting else (0, "", "")


@pytest.fixture
def commands() -> DoubleOfCommands:
    return DoubleOfCommands()


@pytest.fixture
def machine(tmp_path: Path, commands: DoubleOfCommands) -> Machine:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    return Machine(commands, tmp_path)


@pytest.fixture
def me() -> int:
    return os.getuid()


@pytest.fixture
def lookup() -> Any:
    """The double of name resolution: mon2 has two addresses, mon3 none, mon4 is the loopback."""
    known = {"mon2": ["10.0.0.2", "fd00::2"], "mon4": ["127.0.1.1"]}

    def resolve(name: str, _port: Any, **_: Any) -> list[Any]:
        if name not in known:
            raise OSError(-2, "Name or service not known")
        return [(0, 0, 0, "", (address, 0)) for address in known[name]]

    return resolve


@pytest.fixture
def apply() -> Any:
    def all_of(changes: list[Change]) -> list[str]:
        for change in changes:
            change.apply()
        return [change.what for change in changes]

    return all_of
