# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the fault harness raises."""

from __future__ import annotations


class FaultsError(Exception):
    """Nothing can be said of the engine, because the harness could not do its part; one sentence for a person."""
