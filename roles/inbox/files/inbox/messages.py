# SPDX-License-Identifier: GPL-3.0-or-later
"""What has come, kept in memory."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any


@dataclass(frozen=True)
class Message:
    """at: Unix seconds of its arrival. kind: slack, pagerduty, webhook or email. body: JSON, or a mail's parts."""

    id: int
    at: float
    kind: str
    receiver: str
    body: Any


class Messages:
    """The newest ones; ids rise by one and are never given again."""

    def __init__(self, keep: int) -> None:
        self._numbers = count(1)
        self._kept: deque[Message] = deque(maxlen=keep)

    def take(self, kind: str, receiver: str, body: Any) -> None:
        self._kept.append(Message(next(self._numbers), time.time(), kind, receiver, body))

    def after(self, number: int = 0) -> list[dict[str, Any]]:
        return [vars(message) for message in self._kept if message.id > number]

    def newest(self, number: int) -> list[Message]:
        return list(reversed(self._kept))[:number]

    def clear(self) -> None:
        self._kept.clear()
