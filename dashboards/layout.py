# SPDX-License-Identifier: GPL-3.0-or-later
"""Where panels go: section by section, left to right, 24 columns wide. Gives each panel its place and id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard as model

COLUMNS = 24


@dataclass(frozen=True)
class Section:
    """Panels under a heading, or without one at the top of a dashboard."""

    title: str
    panels: Sequence[model.Panel]


def laid_out(sections: Sequence[Section]) -> list[model.Panel | model.RowPanel]:
    """A panel that does not fit beside the last one begins a new line, below the highest of that line."""
    placed: list[model.Panel | model.RowPanel] = []
    y = 0
    for section in sections:
        if section.title:
            place = model.GridPos(x=0, y=y, w=COLUMNS, h=1)
            placed.append(model.RowPanel(id_val=len(placed) + 1, title=section.title, grid_pos=place))
            y += 1
        x = line = 0
        for panel in section.panels:
            place = panel.grid_pos or model.GridPos()
            if x + place.w > COLUMNS:
                x, y, line = 0, y + line, 0
            panel.id_val = len(placed) + 1
            panel.grid_pos = model.GridPos(x=x, y=y, w=place.w, h=place.h)
            placed.append(panel)
            x, line = x + place.w, max(line, place.h)
        y += line
    return placed
