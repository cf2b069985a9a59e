# SPDX-License-Identifier: GPL-3.0-or-later
"""What inbox.json has: settings by key."""

from __future__ import annotations

import json
from typing import Any


def items(path: str, text: str) -> dict[str, Any] | None:
    """text: of the file at that path below etc/, empty for none. Errors are those of a file of another form."""
    return dict(json.loads(text or "{}")) if path == "inbox.json" else None
