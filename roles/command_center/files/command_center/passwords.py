# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may ask: users and the scrypt hashes of their passwords."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

N, R = 2**14, 8  # at most; 16 MiB and some 50 ms for each try
SALT_BYTES = 16
KEY_BYTES = 32
_NS = {str(2**power): 2**power for power in range(1, N.bit_length())}
_RS = {str(r): r for r in range(1, R + 1)}
MAX_CHECKS = 32  # that wait for the one thread: a right password is never more than some two seconds behind
MAX_CHECKS_OF_ONE = 4  # from one source, so that a flood from there leaves room for the others


class Busy(Exception):
    """Too many passwords are being checked."""


@dataclass(frozen=True)
class PasswordHash:
    n: int
    r: int
    salt: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> PasswordHash:
        """Read scrypt$<n>$<r>$<base64 of the salt>$<base64 of the key>. Raises ValueError."""
        method, n, r, salt, key = text.split("$")
        if method != "scrypt" or n not in _NS or r not in _RS:
            raise ValueError
        parsed = cls(_NS[n], _RS[r], _decode(salt), _decode(key))
        if len(parsed.salt) != SALT_BYTES or len(parsed.key) != KEY_BYTES:
            raise ValueError
        return parsed

    def fits(self, password: bytes) -> bool:
        right = hmac.compare_digest(self._key(password, self.n, self.r), self.key)
        if not right and (self.n, self.r) != (N, R):
            # A wrong password is slow for every user: guesses stay slow, and the time does not tell who is known.
            self._key(password, N, R)
        return right

    def _key(self, password: bytes, n: int, r: int) -> bytes:
        return hashlib.scrypt(password, salt=self.salt, n=n, r=r, p=1, dklen=KEY_BYTES)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError from None


class Passwords:
    """Checks pairs of user and password. Nobody is asked for one while there are no users.

    Scrypt is slow on purpose. So a pair that was right is remembered, as a digest under a key that only this process
    has: what scrapes every few seconds costs next to nothing. All others take turns on one thread.
    """

    def __init__(self) -> None:
        self._users: dict[bytes, PasswordHash] = {}
        self._digest_key = secrets.token_bytes(32)
        self._right: dict[bytes, bytes] = {}
        self._running: dict[bytes, asyncio.Task[bool]] = {}
        self._sources: Counter[str] = Counter()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password")
        # What unknown users are checked against, so that the time of the answer does not tell who is known.
        self._nobody = PasswordHash(N, R, secrets.token_bytes(SALT_BYTES), secrets.token_bytes(KEY_BYTES))

    @property
    def required(self) -> bool:
        return bool(self._users)

    @property
    def users(self) -> Mapping[bytes, PasswordHash]:
        return self._users

    def use(self, users: Mapping[bytes, PasswordHash]) -> None:
        """From now on these users; a pair that was right stays remembered where the hash is the same."""
        self._right = {user: digest for user, digest in self._right.items() if users.get(user) == self._users[user]}
        self._users = dict(users)

    async def accepts(self, user: bytes, password: bytes, address: str) -> bool:
        """Whether that is the password of that user. address: of the one who asks. Raises Busy."""
        # The length of the user's name, so that no two pairs have one digest.
        pair = hmac.digest(self._digest_key, b"%d:%b%b" % (len(user), user, password), "sha256")
        if hmac.compare_digest(self._right.get(user, b""), pair):
            return True
        # Whoever tries the same pair at the same time shares the answer.
        task = self._running.get(pair) or self._start(pair, user, password, _source(address))
        return await asyncio.shield(task)

    def _start(self, pair: bytes, user: bytes, password: bytes, source: str) -> asyncio.Task[bool]:
        if len(self._running) >= MAX_CHECKS or self._sources[source] >= MAX_CHECKS_OF_ONE:
            raise Busy
        self._sources[source] += 1
        task = self._running[pair] = asyncio.create_task(self._check(pair, user, password))

        def ended(_task: asyncio.Task[bool]) -> None:
            del self._running[pair]
            self._sources[source] -= 1
            self._sources += Counter()  # forgets sources at zero

        task.add_done_callback(ended)
        return task

    async def _check(self, pair: bytes, user: bytes, password: bytes) -> bool:
        wanted = self._users.get(user, self._nobody)
        fits = await asyncio.get_running_loop().run_in_executor(self._thread, wanted.fits, password)
        # Again, as a reload may have changed the password since.
        right = fits and self._users.get(user) == wanted
        if right:
            self._right[user] = pair
        return right


def _source(address: str) -> str:
    """The address, or the network that one host of IPv6 may choose its addresses from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return address
