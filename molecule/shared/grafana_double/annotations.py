# SPDX-License-Identifier: GPL-3.0-or-later
"""Annotations, which a deploy leaves to be shown in dashboards."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .store import Document, Store


class Annotations:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, fields: dict[str, Any], login: str) -> int:
        """fields: text, tags, time and timeEnd (ms), dashboardUID, panelId."""
        number, now = self._store.next_id("annotation"), int(time.time() * 1000)
        at = fields.get("time") or now
        body = {
            "id": number,
            "alertId": 0,
            "alertName": "",
            "dashboardUID": fields.get("dashboardUID") or None,
            "panelId": fields.get("panelId") or 0,
            "userId": 1,
            "login": login,
            "created": now,
            "updated": now,
            "time": at,
            "timeEnd": fields.get("timeEnd") or at,
            "text": fields["text"],
            "tags": fields.get("tags") or [],
            "data": {},
        }
        self._store.put("annotation", str(number), body)
        return number

    def get(self, number: str) -> Document | None:
        return self._store.get("annotation", number)

    def delete(self, number: str) -> None:
        self._store.delete("annotation", number)

    def find(self, wanted: Callable[[Document], bool], limit: int) -> list[Document]:
        """The newest first."""
        found = [one for one in self._store.all("annotation").values() if wanted(one)]
        return sorted(found, key=lambda one: (-one["time"], -one["id"]))[:limit]
