# SPDX-License-Identifier: GPL-3.0-or-later
"""What outlives the process: JSON documents in the SQLite file that `[database] path` names, and in memory too."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

from .errors import Fatal

Document = dict[str, Any]


class Store:
    """Documents by kind and key. Who reads and then writes does it with `lock` held."""

    def __init__(self, path: Path, wal: bool) -> None:
        self.lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            path.chmod(0o640)
            self._db.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
            self._db.execute("CREATE TABLE IF NOT EXISTS document (kind, key, body, PRIMARY KEY (kind, key))")
            rows = self._db.execute("SELECT kind, key, body FROM document ORDER BY rowid").fetchall()
        except (OSError, sqlite3.Error) as error:
            raise Fatal("sqlstore", "failed to open the database", f"{path}: {error}") from None
        self._kept: dict[str, dict[str, Document]] = {}
        for kind, key, body in rows:
            self._kept.setdefault(kind, {})[key] = json.loads(body)

    def all(self, kind: str) -> dict[str, Document]:
        """By key, in the order in which they came."""
        with self.lock:
            return dict(self._kept.get(kind, {}))

    def get(self, kind: str, key: str) -> Document | None:
        with self.lock:
            return self._kept.get(kind, {}).get(key)

    def put(self, kind: str, key: str, body: Document) -> None:
        text = json.dumps(body)
        with self.lock:
            self._db.execute(
                "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                (kind, key, text),
            )
            self._kept.setdefault(kind, {})[key] = json.loads(text)

    def delete(self, kind: str, key: str) -> None:
        with self.lock:
            self._db.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))
            self._kept.get(kind, {}).pop(key, None)

    def next_id(self, kind: str) -> int:
        """Rises by one and is never given again."""
        with self.lock:
            number = int((self.get("sequence", kind) or {"last": 0})["last"]) + 1
            self.put("sequence", kind, {"last": number})
            return number

    def close(self) -> None:
        with self.lock:
            self._db.close()
