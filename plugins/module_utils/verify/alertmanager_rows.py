# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the running Alertmanager do what was wanted? Asked through its HTTP API v2."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Get, Row, row, same_version


def rows(get: Get, wanted: dict[str, Any]) -> list[Row]:
    """wanted: version, receivers [names]."""
    status = get("/api/v2/status")
    receivers = sorted(receiver["name"] for receiver in get("/api/v2/receivers"))
    wanted_receivers = sorted(wanted["receivers"])
    version, cluster = status["versionInfo"]["version"], status["cluster"]["status"]
    return [
        row("version", wanted["version"], version, same_version(wanted["version"], version)),
        row("receivers", ", ".join(wanted_receivers), ", ".join(receivers), receivers == wanted_receivers),
        row("cluster", "ready or disabled", cluster, cluster in ("ready", "disabled")),
    ]
