# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns snapshots of writes per API key, which fall and vanish, into counters that only rise.

Memory is bounded: a vertical's first MAX_KEYS keys are followed one by one, the rest of its keys as one sum; of all
keys the first top_keys have a series of their own, the rest are counted in `other`.

Where a snapshot leaves it open what was written, too little is counted and never too much.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from .key_names import KeyNames, key_bytes

OTHER = "other"
MAX_KEYS = 200


@dataclass
class _Baseline:
    """By fingerprint of the key, what a vertical last said; for the keys past MAX_KEYS, the highest sum so far.

    Of those keys each answer may name others: a sum that falls and rises again may be a key that came back.
    """

    by_key: dict[bytes, float] = field(default_factory=dict)
    rest: float = 0.0


class Attribution:
    """Counters of writes by label. Until settle() they are gathered, so that the top keys are the whole fleet's."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)  # fingerprints, not raw keys, are what stays in memory
        self._baselines: defaultdict[str, _Baseline] = defaultdict(_Baseline)
        self._gathered: dict[str, dict[bytes, float]] | None = {}
        self._own: dict[str, float] = {}
        self._owners: set[bytes] = set()  # keys with a series of their own keep the right to one under a new alias
        self._other = 0.0

    def add(self, vertical: str, writes: Mapping[str, float], names: KeyNames, top_keys: int) -> None:
        """Count what a vertical's snapshot (raw key -> count) says was written since its last one."""
        baseline = self._baselines[vertical]
        rest = 0.0
        for raw, seen in sorted(writes.items(), key=lambda item: -item[1]):
            fingerprint = hashlib.blake2b(key_bytes(raw), key=self._secret, digest_size=16).digest()
            if fingerprint not in baseline.by_key and len(baseline.by_key) >= MAX_KEYS:
                rest += seen
                continue
            risen = seen - baseline.by_key.get(fingerprint, 0.0)
            baseline.by_key[fingerprint] = seen
            self._count(fingerprint, names.label(raw), max(0.0, risen), top_keys)
        self._other += max(0.0, rest - baseline.rest)
        baseline.rest = max(baseline.rest, rest)

    def settle(self, top_keys: int) -> None:
        """Give the labels with the most writes so far their own series; called once, after the first round of asks."""
        if self._gathered is None:
            return
        gathered, self._gathered = self._gathered, None
        for label, keys in sorted(gathered.items(), key=lambda item: (-sum(item[1].values()), item[0])):
            for fingerprint, risen in keys.items():
                self._count(fingerprint, label, risen, top_keys)

    def series(self) -> dict[str, float]:
        """Label -> counter; nothing before settle()."""
        return {} if self._gathered is not None else {**self._own, OTHER: self._other}

    def _count(self, fingerprint: bytes, label: str, risen: float, top_keys: int) -> None:
        if self._gathered is not None:
            keys = self._gathered.setdefault(label, {})
            keys[fingerprint] = keys.get(fingerprint, 0.0) + risen
        elif label in self._own or fingerprint in self._owners or len(self._own) < top_keys:
            self._own[label] = self._own.get(label, 0.0) + risen
            self._owners.add(fingerprint)
        else:
            self._other += risen
