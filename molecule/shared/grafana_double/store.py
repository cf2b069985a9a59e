# SPDX-License-Identifier: GPL-3.0-or-later
"""What the double keeps in a SQLite file: the admin, failed logins, data sources, folders, dashboards, annotations."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

Document = dict[str, Any]
ATTEMPTS, WINDOW = 5, 300.0  # failed logins in so many seconds, and nobody is let in


class Store:
    """Documents by kind and key. Who reads and then writes holds `lock`."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o640)
        self._db.execute("CREATE TABLE IF NOT EXISTS document (kind, key, body, PRIMARY KEY (kind, key))")

    def all(self, kind: str) -> list[Document]:
        """In the order in which they were made."""
        with self.lock:
            rows = self._db.execute("SELECT body FROM document WHERE kind = ? ORDER BY rowid", (kind,))
            return [json.loads(body) for (body,) in rows]

    def get(self, kind: str, key: str) -> Document | None:
        with self.lock:
            row = self._db.execute("SELECT body FROM document WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, key: str, body: Document) -> Document:
        text = "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
        with self.lock:
            self._db.execute(text, (kind, key, json.dumps(body)))
        return body

    def delete(self, kind: str, key: str) -> None:
        with self.lock:
            self._db.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))

    def next_id(self, kind: str) -> int:
        with self.lock:
            last = (self.get("sequence", kind) or {"last": 0})["last"]
            return int(self.put("sequence", kind, {"last": last + 1})["last"])

    # Dashboards: {id, uid, title, folder (uid), version, data, provider, path, checksum}.

    def dashboard(self, uid: str) -> Document | None:
        return next((one for one in self.all("dashboard") if one["uid"] == uid), None)

    def save_dashboard(self, data: Document, folder: str, old: Document | None, **provisioned: str) -> Document:
        bare = {key: value for key, value in data.items() if key not in ("id", "version")}
        base = old or {"id": self.next_id("dashboard"), "version": 0, "provider": "", "path": "", "checksum": ""}
        uid = str(data.get("uid") or (old or {}).get("uid") or secrets.token_hex(7))
        saved = {**base, "uid": uid, "title": data["title"].strip(), "folder": folder, "data": {**bare, "uid": uid}}
        saved = {**saved, "version": base["version"] + 1, **provisioned}
        return self.put("dashboard", str(saved["id"]), saved)

    def delete_dashboard(self, dashboard: Document) -> None:
        self.delete("dashboard", str(dashboard["id"]))

    def folder(self, title: str) -> str:
        """The uid of the folder, which is made where it is not there; empty for the top."""
        if not title:
            return ""
        for one in self.all("folder"):
            if one["title"] == title:
                return str(one["uid"])
        uid = secrets.token_hex(7)
        self.put("folder", uid, {"id": self.next_id("folder"), "uid": uid, "title": title})
        return uid


class Admin:
    """The settings' password counts at the first start only; later it is the database's."""

    def __init__(self, store: Store, login: str, password: str) -> None:
        self._store = store
        self._right = ""  # digest of the last right password: the slow hash is for the first request alone
        if not store.all("user"):
            store.put("user", "admin", {"login": login, **_hashed(password)})

    def let_in(self, login: str, password: str) -> bool:
        """After five failures in five minutes nobody is, with the right password or after a restart either.

        A login that succeeds in between does not make the failures before it forgotten.
        """
        with self._store.lock:
            known = self._store.get("attempts", login.lower()) or {"at": []}
            failed = [at for at in known["at"] if time.time() - at < WINDOW]
            if len(failed) >= ATTEMPTS:
                return False
            if login.lower() == self._user["login"].lower() and self._is(password):
                return True
            self._store.put("attempts", login.lower(), {"at": [*failed, time.time()]})
            return False

    def change_password(self, old: str, new: str) -> str:
        """Why it is not changed; empty when it is."""
        with self._store.lock:
            if not self._is(old):
                return "invalid old password"
            if len(new) < 4:
                return "New password is too short"
            self._store.put("user", "admin", {**self._user, **_hashed(new)})
            self._right = ""
        return ""

    @property
    def _user(self) -> Document:
        return self._store.all("user")[0]

    def _is(self, password: str) -> bool:
        digest, user = hashlib.sha256(password.encode()).hexdigest(), self._user
        if not self._right and hmac.compare_digest(_hash(password, user["salt"]), user["password"]):
            self._right = digest
        return hmac.compare_digest(digest, self._right)


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _hashed(password: str) -> dict[str, str]:
    salt = secrets.token_hex(8)
    return {"salt": salt, "password": _hash(password, salt)}


def _hash(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10_000).hex()
