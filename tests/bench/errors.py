# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the benchmark raises."""

from __future__ import annotations


class BenchError(Exception):
    """The benchmark could not measure; one sentence for a person."""
