# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Grafana's relative times and query intervals. All times are milliseconds since 1970, UTC."""

from __future__ import annotations

import re

from .api import GrafanaError

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_UNITS_MS.update(M=30 * _UNITS_MS["d"], y=365 * _UNITS_MS["d"])  # near enough for a step
_RELATIVE = re.compile(r"now(?:-(\d+)(ms|[smhdwMy]))?(?:/([smhdwMy]))?")
_STEPS = (  # what the time of one pixel is below -> the interval that Grafana asks for
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000), (3_500, 2_000),
    (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000),
    (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000),
    (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000),
    (32_400_000, 21_600_000), (86_400_000, 43_200_000), (604_800_000, 86_400_000),
)  # fmt: skip


def moment(text: str, now: int, end: bool = False) -> int:
    """`now-6h`, `now/d` (of an end: the day's last moment), or a number of ms. Raises GrafanaError."""
    if str(text).isdigit():
        return int(text)
    found = _RELATIVE.fullmatch(str(text))
    if not found:
        raise GrafanaError(f"the time {text!r} of a dashboard is not understood: write one like now-6h.")
    at = now - (int(found[1]) * _UNITS_MS[found[2]] if found[1] else 0)
    if found[3]:
        unit = _UNITS_MS[found[3]]
        at = at // unit * unit + (unit - 1 if end else 0)
    return at


def span(text: str) -> int:
    """`15s`, `>1m` or `6h` in ms. Raises GrafanaError."""
    found = re.fullmatch(r"[<>]?(\d+)(ms|[smhdwMy])", str(text).strip())
    if not found:
        raise GrafanaError(f"the interval {text!r} is not understood: write one like 15s.")
    return int(found[1]) * _UNITS_MS[found[2]]


def interval(start: int, end: int, points: int, least: int) -> int:
    """What Grafana puts into `intervalMs` of a panel that is `points` wide."""
    each = (end - start) / points
    rounded = next((step for below, step in _STEPS if each < below), 604_800_000)
    return max(rounded, least)
