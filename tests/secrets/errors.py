# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scan raises when it could not do its part, which says nothing of leaks."""

from __future__ import annotations


class ScanError(Exception):
    """One sentence for a person; never with a secret in it."""
