# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations in Prometheus' syntax."""

from __future__ import annotations

import re
from typing import Any

from .errors import ConfigError
from .sentences import shown

_DURATION = re.compile(
    r"(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?"
)
_UNITS_MS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)


def duration_ms(value: Any, path: str, zero: bool = False) -> int:
    """Milliseconds of a duration in Prometheus' syntax (15s, 1h30m); zero only where it means something."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if not match and not (zero and value in ("0", 0) and not isinstance(value, bool)):
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a duration: write it with its unit, like 15s, 5m or 1h30m."
        )
    total = sum(int(part) * unit for part, unit in zip(match.groups(), _UNITS_MS) if part) if match else 0
    if not total and not zero:
        raise ConfigError(f"{path} is {shown(value, path)}, but must be longer than zero: write a duration like 15s.")
    return total
