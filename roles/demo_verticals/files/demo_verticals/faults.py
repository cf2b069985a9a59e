# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service can be told to do wrong."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

FAULTS = {
    "none": "behaves",
    "down": "does not listen",
    "error": "answers HTTP 500",
    "stall": "accepts and never answers",
    "stale": "shows the numbers and the time of when the fault began",
    "garbage": "answers bytes that mean nothing",
    "wrong_types": "answers texts, booleans and lists for numbers",
    "huge": "answers 100 MB",
    "redirect": "answers a redirect",
    "endless": "answers a few bytes a second, without end",
    "lie": "answers another service's name, wild totals and tomorrow's time",
    "zero": "answers that there is nothing: all totals 0",
    "hostile": "answers names, keys and numbers made to break whoever writes them into something else",
}
MAX_SECONDS = 86400


@dataclass(frozen=True)
class Fault:
    """since: Unix seconds. seconds: how long it lasts, None for until it is healed. over: set when it ends."""

    kind: str = "none"
    seconds: float | None = None
    since: float = field(default_factory=time.time)
    over: threading.Event = field(default_factory=threading.Event)

    def heals_in(self) -> float | None:
        return None if self.seconds is None else max(0.0, round(self.since + self.seconds - time.time(), 1))


def parse(document: Any) -> Fault:
    """Read a fault from an admin request: {"fault": name, "seconds": optional number}. Raises ValueError."""
    if not isinstance(document, dict) or set(document) - {"fault", "seconds"}:
        raise ValueError('the body is not {"fault": ..., "seconds": optional}')
    kind, seconds = document.get("fault"), document.get("seconds")
    if not isinstance(kind, str) or kind not in FAULTS:
        raise ValueError(f"the fault is not known; use one of {', '.join(FAULTS)}")
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds <= MAX_SECONDS
    ):
        raise ValueError(f"seconds is out of range; give a number above 0, at most {MAX_SECONDS}")
    return Fault(kind, seconds)
