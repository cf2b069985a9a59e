# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a dashboard's panels: each kind in its own way, with every value, name and word written out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timezone
from itertools import groupby
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from . import sheet
from .asked import Asked, Line
from .sheet import INK, PALE, Box
from .values import colour, shown

_LINE, _CHARACTER = 0.17, 0.064  # inches: of a line of text, and of a letter on average
_FONT = "font-family: 'DejaVu Sans', 'Verdana', sans-serif; "  # of every text, and so said once
_PLACES, _DIGITS = re.compile(r'\b(?:d|x|y)="[^"]*"'), re.compile(r"(\.\d)\d+")  # a tenth of a point is enough
_PALETTE = [mpl.colors.to_hex(one) for one in mpl.colormaps["tab10"].colors]  # type: ignore[attr-defined]


def svg(title: str, note: str, panels: list[Asked]) -> str:
    places = [panel.definition["gridPos"] for panel in panels]
    figure = sheet.sheet(title, note, max(place["y"] + place["h"] for place in places))
    for panel in panels:
        if panel.definition["type"] == "row":
            sheet.heading(figure, panel.definition["gridPos"], panel.title)
        else:
            _KINDS[panel.definition["type"]](panel, sheet.body(figure, panel.definition["gridPos"], panel.title))
    return text_of(figure)


def text_of(figure: Figure) -> str:
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    text = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", written.getvalue())  # which turns nothing
    text = re.sub(r'<g id="[^"]*">', "<g>", text)
    text = _PLACES.sub(lambda found: _DIGITS.sub(r"\1", found[0]), text).replace(_FONT, "")
    text = text.replace('<style type="text/css">', f'<style type="text/css">text{{{_FONT}}}', 1)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _stat(panel: Asked, box: Box) -> None:
    axes, lines = box.plain(), panel.lines()
    width = box.width / max(len(lines), 1)
    solid = panel.definition["options"]["colorMode"].startswith("background")
    for place, line in enumerate(lines):
        value = shown(line.last, panel.definition["fieldConfig"]["defaults"])
        middle = (place + 0.5) * width
        if solid:
            axes.add_patch(Rectangle((place * width, 0), width - 0.04, box.height, color=value.colour))
        size = min(20.0, 78 * width / len(value.text), 22 * box.height)
        ink = "white" if solid else value.colour
        axes.text(middle, box.height * 0.48, value.text, size=size, weight="bold", color=ink, ha="center", va="center")
        size = min(8.0, 8 * (width - 0.08) / (_CHARACTER * max(len(line.name), 1)))
        axes.text(middle, box.height - 0.1, line.name, size=size, color="white" if solid else INK, ha="center")


def _bars(panel: Asked, box: Box) -> None:
    axes, field = box.plain(), panel.definition["fieldConfig"]["defaults"]
    lines = [line for line in panel.lines() if line.last is not None]
    most = max((line.last or 0 for line in lines), default=0) or 1
    step = min(0.34, box.height / max(len(lines), 1))
    left = min(max((len(line.name) for line in lines), default=0) * _CHARACTER + 0.1, box.width * 0.45)
    for place, line in enumerate(lines[: int(box.height / step + 0.01)]):
        value, middle, room = shown(line.last, field), (place + 0.5) * step, box.width - left - 0.75
        axes.add_patch(Rectangle((left, middle - step * 0.35), room, step * 0.7, color="#f1f3f5"))
        axes.add_patch(
            Rectangle((left, middle - step * 0.35), room * (line.last or 0) / most, step * 0.7, color=value.colour)
        )
        axes.text(left - 0.08, middle, line.name, color=INK, ha="right", va="center")
        axes.text(left + room + 0.08, middle, value.text, color=value.colour, weight="bold", va="center")


def _table(panel: Asked, box: Box) -> None:
    axes = box.plain()
    names, rows = panel.table()
    fields = [panel.column(name) for name in names]
    keep = [place for place, field in enumerate(fields) if not (field.get("custom.hideFrom.viz"))]
    fit = int(box.height / 0.22) - 1
    texts = [[_cell(row[place], fields[place]) for place in keep] for row in rows[:fit]]
    heads = [names[place] for place in keep]
    widths = [max(len(head), *(len(row[n][0]) for row in texts), 4) + 2 for n, head in enumerate(heads)]
    left = 0.0
    for n, head in enumerate(heads):
        axes.text(left, 0.15, head, color="#495057", weight="bold")
        for line, row in enumerate(texts, start=1):
            axes.text(left, 0.15 + line * 0.22, row[n][0], color=row[n][1])
        left += box.width * widths[n] / sum(widths)
    for line in range(1, len(texts) + 1):
        axes.plot([0, box.width], [line * 0.22] * 2, color=PALE, linewidth=0.5)
    if len(rows) > fit:
        axes.text(box.width, 0.15, f"{fit} of {len(rows)} rows", color="#495057", ha="right")


def _cell(value: Any, field: dict[str, Any]) -> tuple[str, str]:
    if isinstance(value, str):
        return value, INK
    seen = shown(value, field)
    return seen.text, seen.colour if "custom.cellOptions" in field else INK


def _states(panel: Asked, box: Box) -> None:
    lines, field = panel.lines(), panel.definition["fieldConfig"]["defaults"]
    longest = max((len(line.name) for line in lines), default=0)
    axes = box.axes(left=longest * _CHARACTER + 0.1, bottom=0.22, right=0.05)
    for place, line in enumerate(lines):
        states = [None if value is None else shown(value, field) for value in line.values]
        for seen, group in groupby(zip(line.times, states), key=lambda point: point[1]):
            times = [at for at, _ in group]
            if seen is None:  # a gap stays one
                continue
            end = min(times[-1] + (line.times[1] - line.times[0]), panel.end)
            axes.barh(place, end - times[0], left=times[0], height=0.8, color=seen.colour)
            if (end - times[0]) > 0.06 * (panel.end - panel.start):
                axes.text((end + times[0]) / 2, place, seen.text, color="white", ha="center", va="center")
    known = {value for line in lines for value in line.values if value is not None}
    _key(box, {(seen.text, seen.colour) for seen in (shown(value, field) for value in known)})
    axes.set(xlim=(panel.start, panel.end), ylim=(max(len(lines), 1) - 0.5, -0.5))
    axes.set_yticks(range(len(lines)), [line.name for line in lines])
    _clock(axes, panel)


def _key(box: Box, states: set[tuple[str, str]]) -> None:
    """What the colours mean, at the right of the panel's title: not every stretch has room for its word."""
    axes = Box(box.figure, box.left, box.top - _LINE, box.width, _LINE).plain()
    for place, (text, ink) in enumerate(sorted(states)):
        axes.text(box.width - place * 0.9, _LINE / 2, f"\u25a0 {text}", color=ink, ha="right", va="center")


def _curves(panel: Asked, box: Box) -> None:
    lines, field = panel.lines(), panel.definition["fieldConfig"]["defaults"]
    entries = max(1, min(len(lines), int(box.height * 0.4 / _LINE)))
    axes = box.axes(left=0.75, bottom=0.3 + entries * _LINE, right=0.08, top=0.02)
    for place, line in enumerate(lines):
        values = [float("nan") if value is None else value for value in line.values]
        axes.plot(line.times, values, color=_PALETTE[place % 10], linewidth=1.4)  # type: ignore[arg-type]
    axes.set_xlim(panel.start, panel.end)
    low, high = axes.get_ylim()
    flat = not any(line.last or any(line.values) for line in lines)  # at zero, where the middle says nothing
    axes.set_ylim(field.get("min", low), field.get("max", 1.0 if flat else high) * 1.02)
    if (field.get("custom") or {}).get("thresholdsStyle"):
        _thresholds(axes, field)
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=field.get("decimals") == 0))
    axes.yaxis.set_major_formatter(lambda value, _: shown(value, field).text)
    axes.grid(color=PALE, linewidth=0.6)
    _clock(axes, panel)
    _legend(panel, lines, entries, box)


def _thresholds(axes: Any, field: dict[str, Any]) -> None:
    low, high = axes.get_ylim()
    for step in field["thresholds"]["steps"]:
        if step["value"] is not None and low < step["value"] <= high:
            axes.axhline(step["value"], color=colour(step["value"], field), linewidth=1, linestyle="--")


def _legend(panel: Asked, lines: list[Line], entries: int, box: Box) -> None:
    """A line each, with the value of now; what has no room is counted."""
    axes, field = box.plain(), panel.definition["fieldConfig"]["defaults"]
    more = len(lines) - entries
    for place, line in enumerate(lines[:entries]):
        y = box.height - (entries - place - 0.5) * _LINE
        axes.plot([0.05, 0.25], [y, y], color=_PALETTE[place % 10], linewidth=2)
        axes.text(0.33, y, line.name, color=INK, va="center")
        axes.text(box.width - 0.05, y, shown(line.last, field).text, color=INK, ha="right", va="center")
    if more > 0:
        axes.text(box.width / 2, box.height - 0.5 * _LINE, f"and {more} more", color="#495057", va="center")


def _clock(axes: Any, panel: Asked) -> None:
    """Five times of day, in UTC."""
    ticks = [panel.start + (panel.end - panel.start) * part / 5 for part in (0.5, 1.5, 2.5, 3.5, 4.5)]
    texts = [datetime.fromtimestamp(at / 1000, timezone.utc).strftime("%H:%M") for at in ticks]
    axes.set_xticks(ticks, texts)
    axes.tick_params(length=0, colors="#495057")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(PALE)


_KINDS: dict[str, Callable[[Asked, Box], None]] = {
    "stat": _stat,
    "bargauge": _bars,
    "table": _table,
    "state-timeline": _states,
    "timeseries": _curves,
}
