# SPDX-License-Identifier: GPL-3.0-or-later
"""The one user, Grafana's admin."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from .errors import Fatal, Refused
from .settings.load import Settings
from .store import Store

SHORTEST = 4  # characters of a new password
LOCKED = 300.0  # seconds in which failed logins count
_ROUNDS = 10_000


class Users:
    """The settings' password counts at the first start only, as in Grafana: later it is the database's."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._protected = not settings.flag("security", "disable_brute_force_login_protection")
        self._most = settings.number("security", "brute_force_login_protection_max_attempts")
        self._known = ""  # digest of the last right password: the slow hash is for the first request alone
        if not store.all("user"):
            login, password = settings.text("security", "admin_user"), settings.text("security", "admin_password")
            if not login or not password:
                raise Fatal("settings", "failed to create the admin", "admin_user or admin_password is empty")
            store.put("user", "1", {"id": 1, "login": login, **_hashed(password)})

    @property
    def login(self) -> str:
        return str(self._user["login"])

    @property
    def _user(self) -> dict[str, str]:
        return self._store.all("user")["1"]

    def let_in(self, login: str, password: str) -> bool:
        """After too many failures nobody is let in for a while, not even with the right password or after a restart.

        As in Grafana, a login that succeeds in between does not make the failures before it forgotten.
        """
        name = login.lower()
        with self._store.lock:
            known = self._store.get("login attempt", name) or {"at": []}
            failed = [at for at in known["at"] if time.time() - at < LOCKED]
            if self._protected and len(failed) >= self._most:
                return False
            if name == self.login.lower() and self._is(password):
                return True
            self._store.put("login attempt", name, {"at": [*failed, time.time()]})
            return False

    def change_password(self, old: str, new: str, confirmed: str) -> None:
        """Raises Refused."""
        with self._store.lock:
            if not self._is(old):
                raise Refused(401, "Invalid old password")
            if new != confirmed:
                raise Refused(400, "New password and its confirmation differ")
            if len(new) < SHORTEST:
                raise Refused(400, "New password is too short")
            self._store.put("user", "1", {**self._user, **_hashed(new)})
            self._known = ""

    def _is(self, password: str) -> bool:
        digest = hashlib.sha256(password.encode()).hexdigest()
        if self._known and hmac.compare_digest(digest, self._known):
            return True
        user = self._user
        right = hmac.compare_digest(_hash(password, user["salt"]), user["password"])
        if right:
            self._known = digest
        return right


def _hashed(password: str) -> dict[str, str]:
    salt = secrets.token_hex(8)
    return {"salt": salt, "password": _hash(password, salt)}


def _hash(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS).hex()
