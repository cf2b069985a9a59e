# SPDX-License-Identifier: GPL-3.0-or-later
"""What `verify` expects of the demo verticals, from the files that are deployed."""

from __future__ import annotations

import json
from typing import Any


def expectations(files: dict[str, str]) -> dict[str, Any]:
    """The `wanted` of module_utils/verify/demo_verticals_rows.py, without env and version."""
    return {"services": [s["name"] for s in json.loads(files["demo_verticals.json"])["services"]]}
