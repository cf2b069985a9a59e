# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps and intervals, as Grafana's Prometheus data source computes them. All in milliseconds."""

from __future__ import annotations

import re

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_UNITS.update(M=30 * _UNITS["d"], y=365 * _UNITS["d"])
_DEFAULT = 15_000  # of a data source that says no interval
_MOST_POINTS = 11_000  # what Prometheus answers at most
_ROUNDED = (  # up to (ms) -> rounded to
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000), (3_500, 2_000),
    (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000),
    (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000),
    (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000),
    (32_400_000, 21_600_000), (86_400_000, 43_200_000), (604_800_000, 86_400_000), (1_814_400_000, 604_800_000),
)  # fmt: skip


def parse(text: str) -> int:
    """`15s`, `1m30s`. Raises ValueError."""
    parts = re.findall(r"(\d+)(ms|[smhdwMy])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"invalid duration {text!r}")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def moment(text: str, now: int) -> int:
    """A number of ms since 1970, or `now-1h`. Raises ValueError."""
    if re.fullmatch(r"\d{1,15}", text):
        return int(text)
    found = re.fullmatch(r"now(?:([+-])(\w+))?", text)
    if not found:
        raise ValueError(f"invalid time {text!r}")
    away = parse(found[2]) if found[2] else 0
    return now + away if found[1] == "+" else now - away


def step(span: int, points: int, asked: int, own: str, scrape: str) -> int:
    """asked: intervalMs of the query. own: its `interval`. scrape: timeInterval of the data source."""
    least = parse(own) if own else asked or (parse(scrape) if scrape else _DEFAULT)
    calculated = span // points
    calculated = least if calculated < least else rounded(calculated)
    return max(calculated, rounded(span // _MOST_POINTS))


def rate_interval(interval: int, scrape: str) -> int:
    every = parse(scrape) if scrape else _DEFAULT
    return max(interval + every, 4 * every)


def rounded(interval: int) -> int:
    return next((to for most, to in _ROUNDED if interval <= most), 30 * _UNITS["d"])


def short(interval: int) -> str:
    """Grafana's text of an interval: the largest unit that fits, the rest cut off."""
    for unit in ("d", "h", "m", "s"):
        if interval >= _UNITS[unit]:
            return f"{interval // _UNITS[unit]}{unit}"
    return f"{interval}ms"


def go_text(interval: int) -> str:
    """Go's text of a duration: 1m0s."""
    if interval < 1_000:
        return f"{interval}ms"
    seconds = interval / 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{text}{seconds:g}s"
