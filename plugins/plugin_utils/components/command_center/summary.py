# SPDX-License-Identifier: GPL-3.0-or-later
"""What command_center.json has, by name: each vertical, other settings by key."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.named import named, without


def items(path: str, text: str) -> dict[str, Any] | None:
    """text: of the file at that path below etc/, empty for none. Errors are those of a file of another form."""
    if path != "command_center.json":
        return None
    document = json.loads(text or "{}")
    return {**named("vertical", document.get("verticals")), **without(document, "verticals")}
