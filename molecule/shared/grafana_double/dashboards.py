# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards and folders as Grafana keeps them in its database."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

from .store import Store


@dataclass(frozen=True)
class Dashboard:
    """data: its JSON without id and version. provider: that it comes from, with path and checksum of the file."""

    id: int
    uid: str
    title: str
    folder: str
    version: int
    created: float
    updated: float
    data: dict[str, Any]
    provider: str = ""
    path: str = ""
    checksum: str = ""

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def url(self) -> str:
        return f"/d/{self.uid}/{self.slug}"

    @property
    def document(self) -> dict[str, Any]:
        return {**self.data, "id": self.id, "uid": self.uid, "version": self.version}


class Dashboards:
    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> Iterator[Dashboard]:
        return (Dashboard(**one) for one in self._store.all("dashboard").values())

    def get(self, uid: str) -> Dashboard | None:
        return next((one for one in self.all() if one.uid == uid), None)

    def save(self, data: dict[str, Any], folder: str, old: Dashboard | None, **provisioned: str) -> Dashboard:
        """old: what it replaces. provisioned: provider, path and checksum, where it comes from a file."""
        now = time.time()
        base = old or Dashboard(self._store.next_id("dashboard"), "", "", "", 0, now, now, {})
        bare = {key: value for key, value in data.items() if key not in ("id", "version")}
        uid = str(data.get("uid") or base.uid or new_uid())
        saved = replace(
            base, uid=uid, title=str(data["title"]), folder=folder, version=base.version + 1, updated=now, data=bare
        )
        saved = replace(saved, **provisioned)  # type: ignore[arg-type]
        self._store.put("dashboard", str(saved.id), asdict(saved))
        return saved

    def unprovision(self, dashboard: Dashboard) -> None:
        """It stays, as if somebody had made it in the page."""
        self._store.put("dashboard", str(dashboard.id), asdict(replace(dashboard, provider="", path="", checksum="")))

    def delete(self, dashboard: Dashboard) -> None:
        self._store.delete("dashboard", str(dashboard.id))

    # Folders: their uid, title and parent.

    def folders(self) -> list[dict[str, Any]]:
        return list(self._store.all("folder").values())

    def folder_title(self, uid: str) -> str:
        """Grafana calls the one without uid General."""
        return str((self._store.get("folder", uid) or {"title": "General"})["title"])

    def folder(self, title: str, uid: str = "") -> str:
        """The uid of the top folder, which is made where it is not there; empty for the one without a title."""
        if not title:
            return ""
        for one in self.folders():
            if one["uid"] == uid if uid else one["title"] == title and not one.get("parentUid"):
                return str(one["uid"])
        return str(self.make_folder(title, uid)["uid"])

    def make_folder(self, title: str, uid: str = "", parent: str = "") -> dict[str, Any]:
        uid = uid or new_uid()
        made = {"id": self._store.next_id("folder"), "uid": uid, "title": title}
        self._store.put("folder", uid, {**made, "parentUid": parent} if parent else made)
        return made

    def within(self, uid: str) -> tuple[list[str], list[Dashboard]]:
        """The uids of the folders below a folder, at any depth, and the dashboards of all of them and of itself."""
        below = [uid]
        for parent in below:  # grows while it is walked
            below += [str(one["uid"]) for one in self.folders() if one.get("parentUid") == parent]
        return below[1:], [one for one in self.all() if one.folder in below]

    def delete_folder(self, uid: str) -> None:
        """With all that is in it, as Grafana does."""
        folders, boards = self.within(uid)
        for dashboard in boards:
            self.delete(dashboard)
        for one in (*folders, uid):
            self._store.delete("folder", one)


def new_uid() -> str:
    return secrets.token_hex(7)


def moment(seconds: float) -> str:
    """2026-11-25T03:04:05Z"""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
