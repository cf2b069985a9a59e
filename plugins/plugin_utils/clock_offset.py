# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a host's clock is off the controller's, within the time of one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RoundTrip:
    """Controller time when the request was sent and when the answer was there."""

    sent: float
    received: float


def off(trip: RoundTrip, first: float, last: float) -> float:
    """Seconds that the host is ahead at least; negative where it is behind.

    first, last: the host's time as it began and ended the answer. Whatever the way there and back took is not counted.
    """
    if last > trip.received:
        return last - trip.received
    return min(first - trip.sent, 0.0)


def in_words(seconds: float) -> str:
    return f"{abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} the controller's"


def refusal(host: str, seconds: float, limit: float) -> str:
    """The sentence about a clock that is too far off; empty where it is not."""
    if abs(seconds) <= limit:
        return ""
    return (
        f"the clock of {host} is {in_words(seconds)}, and host_clock_limit is {limit:g} s: synchronise both clocks by "
        "NTP, since alerts, silences and staleness depend on them."
    )


def unsynchronised(host: str, clock: dict[str, Any]) -> str:
    """The sentence about a clock that nothing keeps right; empty where something does, or nobody can say."""
    if clock["synchronised"] is not False:
        return ""
    return (
        f"the clock of {host} is not synchronised: install and start a time service there, like chrony or "
        "systemd-timesyncd, or set host_clock_unsynchronised to ignore."
    )
