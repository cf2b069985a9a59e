# SPDX-License-Identifier: GPL-3.0-or-later
"""Five small services that answer as the platform's verticals do, and misbehave on demand."""

from __future__ import annotations

__version__ = "0.1.0"
