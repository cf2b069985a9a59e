# SPDX-License-Identifier: GPL-3.0-or-later
"""A value as a panel shows it: its unit, its word and its colour."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLOURS = {"green": "#2b8a3e", "orange": "#d9480f", "red": "#c92a2a", "blue": "#1864ab", "text": "#495057"}
NOTHING = "-"
_RATES = {"mps": "msg/s", "cps": "c/s", "wps": "wr/s", "ops": "ops/s", "reqps": "req/s"}
_SPANS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"), (0.0, "µs"))
_SIZES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (0.0, "B"))
_COUNTS = ((1e9, "Bil"), (1e6, "Mil"), (1e3, "K"), (0.0, ""))
_SCALES = {"s": _SPANS, "dtdurations": _SPANS, "bytes": _SIZES, "short": _COUNTS}


@dataclass(frozen=True)
class Shown:
    """colour: hex."""

    text: str
    colour: str


def shown(value: float | None, field: Mapping[str, Any]) -> Shown:
    """field: a panel's fieldConfig.defaults, or those with the overrides of a column."""
    if value is None:
        return Shown(str(field.get("noValue") or NOTHING), COLOURS["text"])
    for mapping in field.get("mappings") or []:
        if found := (mapping.get("options") or {}).get(f"{value:g}"):
            return Shown(found["text"], COLOURS.get(found.get("color"), COLOURS["text"]))
    return Shown(with_unit(value, str(field.get("unit") or "none"), field.get("decimals")), colour(value, field))


def colour(value: float, field: Mapping[str, Any]) -> str:
    """Of the last threshold that the value has reached."""
    name = "text"
    for step in (field.get("thresholds") or {}).get("steps") or []:
        if step["value"] is None or value >= step["value"]:
            name = step["color"]
    return COLOURS.get(name, COLOURS["text"])


def with_unit(value: float, unit: str, decimals: int | None = None) -> str:
    if unit == "percentunit":
        return f"{_number(100 * value, decimals)} %"
    if unit == "dateTimeFromNow":
        return f"{_scaled(time.time() - value / 1000, _SPANS, 0)} ago"
    if unit in _SCALES:
        return _scaled(value, _SCALES[unit], 0 if unit == "dtdurations" else decimals)
    return f"{_number(value, decimals)} {_RATES.get(unit) or unit.partition('suffix:')[2]}".strip()


def _scaled(value: float, steps: tuple[tuple[float, str], ...], decimals: int | None) -> str:
    if not value:
        return f"0 {'s' if steps is _SPANS else steps[-1][1]}".strip()
    size, name = next(step for step in steps if abs(value) >= step[0])
    return f"{_number(value / (size or (1e-6 if steps is _SPANS else 1)), decimals)} {name}".strip()


def _number(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"
