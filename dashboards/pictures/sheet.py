# SPDX-License-Identifier: GPL-3.0-or-later
"""A dashboard's grid on paper: boxes for panels, measured in inches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

COLUMN, ROW, HEAD = 0.5, 0.36, 0.75  # inches: of the grid's 24 columns and of its rows; above the grid
_GAP, _TITLE = 0.05, 0.24  # between panels; for a panel's title
INK, PALE = "#212529", "#dee2e6"

# Text stays text, in the reader's font, and the same data gives the same bytes.
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "aetherlink", "font.size": 8})
mpl.rcParams.update({"font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans", "Verdana"]})


@dataclass(frozen=True)
class Box:
    """A place on the sheet. left, top: from the sheet's top left."""

    figure: Figure
    left: float
    top: float
    width: float
    height: float

    def axes(self, left: float = 0, bottom: float = 0, right: float = 0, top: float = 0) -> Axes:
        """Axes in the box, that far from its edges."""
        across, down = self.figure.get_size_inches()
        size = (self.width - left - right) / across, (self.height - bottom - top) / down
        return self.figure.add_axes(((self.left + left) / across, 1 - (self.top + self.height - bottom) / down, *size))

    def plain(self) -> Axes:
        """Axes without marks in which a unit is an inch, and 0, 0 the box's top left."""
        axes = self.axes()
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.axis("off")
        return axes


def sheet(title: str, note: str, rows: int) -> Figure:
    figure = Figure((24 * COLUMN, HEAD + rows * ROW))
    top = Box(figure, 0, 0, 24 * COLUMN, HEAD).plain()
    top.text(0.1, 0.3, title, size=15, weight="bold", color=INK)
    top.text(0.1, 0.58, note, size=8.5, color="#495057")
    return figure


def body(figure: Figure, place: Mapping[str, Any], title: str) -> Box:
    """The inside of a panel's frame, below its title. place: its gridPos."""
    left, top = place["x"] * COLUMN + _GAP, HEAD + place["y"] * ROW + _GAP
    frame = Box(figure, left, top, place["w"] * COLUMN - 2 * _GAP, place["h"] * ROW - 2 * _GAP)
    axes = frame.plain()
    axes.add_patch(Rectangle((0, 0), frame.width, frame.height, fill=False, edgecolor=PALE, linewidth=1.5))
    axes.text(0.08, 0.17, title, weight="bold", color=INK)
    return Box(figure, left + 0.08, top + _TITLE, frame.width - 0.16, frame.height - _TITLE - 0.06)


def heading(figure: Figure, place: Mapping[str, Any], title: str) -> None:
    """The line of a row of panels."""
    axes = Box(figure, _GAP, HEAD + place["y"] * ROW, 24 * COLUMN - 2 * _GAP, ROW).plain()
    axes.text(0.05, 0.25, title, size=11, weight="bold", color=INK)
