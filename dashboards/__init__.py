# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's dashboards. `python -m dashboards` writes the JSON that the role grafana ships."""

from __future__ import annotations

from . import alerting_delivery, fleet_health, guide, monitoring_health, vertical_detail
from .board import Board, text

SHIPPED = "roles/grafana/files/dashboards/AetherLink"


def boards() -> list[Board]:
    return [fleet_health.board(), vertical_detail.board(), alerting_delivery.board(), monitoring_health.board()]


def written() -> dict[str, str]:
    """{path in the checkout: text} of the JSON that is shipped."""
    return {f"{SHIPPED}/{board.uid}.json": text(board.document()) for board in boards()}


def guides() -> dict[str, str]:
    """{path on the site of `make docs`: Markdown}: a page for each dashboard."""
    return {
        f"dashboards/{board.uid.removeprefix('aetherlink-')}.md": guide.page(board.document()) for board in boards()
    }
