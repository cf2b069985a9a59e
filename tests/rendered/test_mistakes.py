# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus of mistakes: what the controller says of each, by the real inventory and roles, without a host."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.bad_input.corpus import ROLES, ROOT, entries


def test_the_controller_says_it_before_the_host_is_asked() -> None:
    command = [sys.executable, "-m", "tests.bad_input.controller"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)

    right = {f"{role}/nothing": None for role in ROLES}
    assert told == {**right, **{entry.name: None if entry.on_host else entry.sentence for entry in entries()}}
