# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the scan is doing; tables alone go to standard output."""

from __future__ import annotations

import sys
import time

START = time.monotonic()


def say(sentence: str) -> None:
    print(f"secrets: {time.monotonic() - START:5.0f} s  {sentence}", file=sys.stderr, flush=True)
