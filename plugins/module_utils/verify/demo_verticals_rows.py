# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Do the demo verticals listen? Asked through their admin endpoint."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Get, Row, row


def rows(get: Get, wanted: dict[str, Any]) -> list[Row]:
    """wanted: services [names]."""
    verticals = get("/verticals")
    known = {v["name"]: v for v in (verticals["verticals"] if isinstance(verticals, dict) else verticals)}
    return [
        row(
            f"service {name}",
            "no fault",
            known[name]["fault"] if name in known else "unknown",
            name in known and known[name]["fault"] == "none",
        )
        for name in wanted["services"]
    ]
