# SPDX-License-Identifier: GPL-3.0-or-later
"""What one health check of a running component shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HealthStatus:
    """`stamp` changes with each successful load; `refused`: it did not take the configuration.

    locked: it does not let us in to be asked, so that asking again does harm.
    """

    ready: bool = False
    loaded: bool = False
    refused: bool = False
    locked: bool = False
    stamp: str = ""
    trouble: str = ""
