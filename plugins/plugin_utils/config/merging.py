# SPDX-License-Identifier: GPL-3.0-or-later
"""Native sections of an inventory merged into those that the collection makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(ours: Any, theirs: Any) -> Any:
    """Mappings key by key, lists one after the other; of anything else, theirs."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return {**ours, **{key: merged(ours[key], value) if key in ours else value for key, value in theirs.items()}}
    if isinstance(ours, list) and isinstance(theirs, list):
        return [*ours, *theirs]
    return theirs
