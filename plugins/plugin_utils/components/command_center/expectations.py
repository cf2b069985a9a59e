# SPDX-License-Identifier: GPL-3.0-or-later
"""What `verify` expects of Command Center, from the files that are deployed."""

from __future__ import annotations

import json
from typing import Any


def expectations(files: dict[str, str]) -> dict[str, Any]:
    """The `wanted` of module_utils/verify/command_center_rows.py, without env and version."""
    return {"verticals": [v["name"] for v in json.loads(files["command_center.json"])["verticals"]]}
