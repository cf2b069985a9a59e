# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources as Grafana keeps them."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .store import Store


@dataclass(frozen=True)
class Source:
    """options: jsonData. secrets: secureJsonData, in memory alone, since each start reads it from the files again."""

    uid: str
    name: str
    type: str
    url: str = ""
    access: str = "proxy"
    user: str = ""
    database: str = ""
    basic_auth: bool = False
    basic_auth_user: str = ""
    with_credentials: bool = False
    is_default: bool = False
    read_only: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    id: int = 0
    version: int = 0


class Sources:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._secrets: dict[str, dict[str, str]] = {}

    def all(self) -> list[Source]:
        return [
            Source(**{**one, "secrets": self._secrets.get(one["name"], {})})
            for one in self._store.all("source").values()
        ]

    def get(self, uid: str) -> Source | None:
        return next((one for one in self.all() if one.uid == uid), None)

    def named(self, name: str) -> Source | None:
        return next((one for one in self.all() if one.name == name), None)

    def put(self, source: Source) -> None:
        """Make it, or change the one of that name. A new default is the only one."""
        old = self.named(source.name)
        number = old.id if old else self._store.next_id("source")
        self._write(replace(source, id=number, version=(old.version if old else 0) + 1))
        if source.is_default:
            for other in self.all():
                if other.is_default and other.name != source.name:
                    self._write(replace(other, is_default=False))

    def _write(self, source: Source) -> None:
        self._secrets[source.name] = source.secrets
        self._store.put("source", source.name, {**asdict(source), "secrets": {}})

    def delete(self, name: str) -> None:
        self._secrets.pop(name, None)
        self._store.delete("source", name)


def uid_of(name: str) -> str:
    """What Grafana takes for the uid of a provisioned data source that has none: P and the start of a digest."""
    return "P" + hashlib.sha256(name.encode()).hexdigest()[:16].upper()
