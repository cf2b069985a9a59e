# SPDX-License-Identifier: GPL-3.0-or-later
"""Command Center: asks every vertical service how it is and tells Prometheus."""

from __future__ import annotations

__version__ = "0.1.0"
