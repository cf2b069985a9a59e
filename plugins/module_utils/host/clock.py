# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's clock: what it says, and whether the kernel takes it for synchronised, whatever program does that."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import Any

MAXIMUM_ERROR_US = 16_000_000
"""From there on timedatectl, too, says that the clock is not synchronised."""


class Timex(ctypes.Structure):
    """The beginning of struct timex, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_long * 64),
    )


def is_synchronised() -> bool | None:
    """None in a container, whose clock is that of the machine that runs it, and where the kernel does not say."""
    if Path("/run/systemd/container").exists():
        return None
    try:
        answer = Timex()
        status = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(answer))
    except (OSError, AttributeError):
        return None
    return None if status < 0 else bool(answer.maxerror < MAXIMUM_ERROR_US)


def read() -> dict[str, Any]:
    return {"time": time.time(), "synchronised": is_synchronised()}
