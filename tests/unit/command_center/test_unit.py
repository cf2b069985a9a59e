# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd unit gives the program what it needs."""

from __future__ import annotations

import re
from pathlib import Path

ROLE = Path(__file__).parents[3] / "roles/command_center"


def test_the_unit_allows_more_tasks_than_the_program_has_threads() -> None:
    defaults = (ROLE / "defaults/main.yml").read_text()
    service = (ROLE / "files/command_center/service.py").read_text()
    (tasks,) = re.findall(r"^command_center_tasks_max: (\d+)$", defaults, re.MULTILINE)
    (lookups,) = re.findall(r"max_workers=(\d+)", service)
    assert int(tasks) >= int(lookups) + 32  # and some to spare
