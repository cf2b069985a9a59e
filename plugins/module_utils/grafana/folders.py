# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folders of dashboards in Grafana."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .api import Grafana

_MOST = "1000"  # what Grafana lists in one answer


def empty(grafana: Grafana, titles: Collection[str]) -> list[dict[str, Any]]:
    """[{uid, title, ...}] of the folders with one of the titles in which nobody has anything. Raises GrafanaError.

    Those within other folders are left out: provisioning makes none there.
    """
    if not titles:
        return []
    found = [one for one in grafana.get("/api/folders", limit=_MOST) if one["title"] in titles]
    return [one for one in found if not any(grafana.get(f"/api/folders/{one['uid']}/counts").values())]
