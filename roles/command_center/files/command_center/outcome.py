# SPDX-License-Identifier: GPL-3.0-or-later
"""What one ask of a vertical can end in: an answer, or an error with one cause out of a closed set."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

PLATFORM_TOTALS = ("contacts", "deals", "jobs", "properties", "policies", "uploads")

MAX_TOTAL = 2**53  # the largest count that Prometheus' floats still tell from its neighbours
MAX_FUTURE_SECONDS = 300.0  # how far a vertical's clock may be ahead of ours
MAX_KEYS_IN_ANSWER = 1000


class Reason(str, Enum):
    """Why an ask failed: the values of the label `reason`."""

    TIMEOUT = "timeout"
    CONNECT = "connect"
    TLS = "tls"
    PROTOCOL = "protocol"
    HTTP_STATUS = "http_status"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    NOT_JSON = "not_json"
    NOT_EXPOSITION = "not_exposition"
    WRONG_SHAPE = "wrong_shape"
    INTERNAL = "internal"


class AskError(Exception):
    """A failed ask. The sentence is ours alone: it never quotes what the vertical sent."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(f"{reason.value}: {sentence}")
        self.reason = reason
        self.sentence = sentence


@dataclass(frozen=True)
class Answer:
    """A good answer.

    totals: platform total -> number. timestamp: Unix seconds the numbers are of, None when the vertical gives none.
    writes: raw API key -> its count; raw keys are secrets, so they stay out of repr().
    """

    totals: dict[str, float]
    timestamp: float | None = None
    writes: dict[str, float] = field(default_factory=dict, repr=False)


def count(value: object, what: str) -> float:
    """Return value as a count: a finite number from 0 to 2**53. Anything else raises AskError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise AskError(Reason.WRONG_SHAPE, f"{what} is not a number")
    if not 0 <= value <= MAX_TOTAL:  # NaN is not either
        raise AskError(Reason.WRONG_SHAPE, f"{what} is not between 0 and 2^53")
    return float(value)


def moment(seconds: float, now: float, what: str) -> float:
    """Return a vertical's timestamp in Unix seconds, unless it is nonsense or lies ahead of our clock."""
    if not math.isfinite(seconds):
        raise AskError(Reason.WRONG_SHAPE, f"{what} is not a time")
    if seconds > now + MAX_FUTURE_SECONDS:
        raise AskError(Reason.WRONG_SHAPE, f"{what} is more than {MAX_FUTURE_SECONDS:g} s in the future")
    return seconds
