# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the benchmark is doing; the table alone goes to standard output."""

from __future__ import annotations

import sys


def say(sentence: str) -> None:
    print(f"bench: {sentence}", file=sys.stderr, flush=True)
