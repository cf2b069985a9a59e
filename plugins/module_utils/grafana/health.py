# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a data source works, in Grafana's own word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .api import Grafana, GrafanaError

HEALTHY, NO_CHECK = "healthy", "has no health check"


def health(grafana: Grafana, source: Mapping[str, Any]) -> str:
    """HEALTHY, NO_CHECK, or what is wrong. source: as /api/datasources has it. Raises GrafanaError without a way in."""
    try:
        answer = grafana.get(f"/api/datasources/uid/{source['uid']}/health")
    except GrafanaError as error:
        if error.status == 401:
            raise
        # Plugins without a part in Grafana's server, as Alertmanager's, have none.
        return NO_CHECK if error.status in (404, 501) and source["type"] != "prometheus" else str(error)
    return HEALTHY if answer.get("status") == "OK" else str(answer.get("message") or answer)
