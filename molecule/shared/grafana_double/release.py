# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version the double plays: written into it when its archive is built."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Release:
    version: str
    build: str
    commit: str


def release() -> Release:
    return Release(**_document("release.json"))


def _document(name: str) -> dict[str, Any]:
    content = pkgutil.get_data(__package__, name)
    document: dict[str, Any] = json.loads(content or b"{}")
    return document
