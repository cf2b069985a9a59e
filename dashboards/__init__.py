# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's dashboards. `python -m dashboards` writes the JSON that the role grafana ships, and its guide."""

from __future__ import annotations

from . import alerting_delivery, fleet_health, guide, monitoring_health, vertical_detail
from .board import Board, text

SHIPPED = "roles/grafana/files/dashboards/AetherLink"
GUIDE = "docs/dashboards"


def boards() -> list[Board]:
    return [fleet_health.board(), vertical_detail.board(), alerting_delivery.board(), monitoring_health.board()]


def written() -> dict[str, str]:
    """{path in the checkout: text} of everything that is made from these dashboards."""
    files = {}
    for board in boards():
        document = board.document()
        files[f"{SHIPPED}/{board.uid}.json"] = text(document)
        files[f"{GUIDE}/{board.uid.removeprefix('aetherlink-')}.md"] = guide.page(document)
    return files
