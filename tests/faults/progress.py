# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the harness is doing; the table alone goes to standard output."""

from __future__ import annotations

import sys
import time

START = time.monotonic()


def say(sentence: str) -> None:
    print(f"faults: {time.monotonic() - START:5.0f} s  {sentence}", file=sys.stderr, flush=True)
