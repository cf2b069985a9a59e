# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the running Command Center do what was wanted? Asked through /readyz and /api/fleet."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Get, Row, row


def rows(get: Get, wanted: dict[str, Any]) -> list[Row]:
    """wanted: env, verticals [names]."""
    ready, fleet = get("/readyz"), get("/api/fleet")
    found = {vertical["name"]: vertical for vertical in fleet["verticals"]}
    rows = [
        row("configuration", "taken over", ready["config_error"] or "taken over", not ready["config_error"]),
        row("environment", wanted["env"], fleet["env"], fleet["env"] == wanted["env"]),
    ]
    for name in wanted["verticals"]:
        seen = _state(found.pop(name, None))
        rows.append(row(f"vertical {name}", "up", seen, seen == "up"))
    rows += [row(f"vertical {name}", "not asked", _state(vertical), False) for name, vertical in sorted(found.items())]
    return rows


def _state(vertical: dict[str, Any] | None) -> str:
    if vertical is None:
        return "unknown"
    if vertical["up"]:
        return "stale" if vertical["stale"] else "up"
    error = vertical["last_error"]
    return f"down ({error['reason']})" if error else "not asked yet"
