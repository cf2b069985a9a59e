# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of every vertical: the outcome of its asks, its last good numbers, and the sums over all of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from . import metrics
from .attribution import Attribution
from .config import Config, Vertical
from .key_names import KeyNames
from .outcome import PLATFORM_TOTALS, Answer, AskError

log = logging.getLogger(__name__)

PAGE_SECONDS = 1.0  # a rendered page is served for that long


@dataclass
class VerticalState:
    """fresh_at: Unix seconds that the last good numbers are of; the start of watching before there are any."""

    vertical: Vertical
    series: metrics.VerticalSeries
    fresh_at: float
    asked: bool = False
    error: AskError | None = None
    last_success: float | None = None
    last_duration: float = 0.0
    totals: dict[str, float] = field(default_factory=dict)

    def stale(self, now: float, stale_after: float) -> bool:
        return now - self.fresh_at > stale_after


class Fleet:
    """The state that asks write and the web pages read; everything happens in the event loop's one thread."""

    _config: Config
    _states: dict[str, VerticalState]

    def __init__(self, config: Config, names: KeyNames, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._attribution = Attribution()
        self._settled = False
        self._settle_by = 0.0
        self._page: bytes | None = None
        self._page_at = 0.0
        self._forget_all(config)
        self.apply(config, names)

    def apply(self, config: Config, names: KeyNames) -> None:
        """Take on a configuration. Verticals that stay keep their state; a new env starts every series anew."""
        if config.env != self._config.env:
            self._forget_all(config)
        self._config, self._names = config, names
        known, self._states = self._states, {}
        for vertical in config.verticals:
            state = known.get(vertical.name)
            if state is None:
                series = metrics.VerticalSeries(vertical.name, config.env)
                state = VerticalState(vertical, series, fresh_at=self._clock())
            state.vertical = vertical
            self._states[vertical.name] = state
        self._page = None

    def answered(self, name: str, answer: Answer, duration: float) -> None:
        """Take in a good answer. duration: seconds."""
        state = self._states[name]
        now = self._clock()
        if state.error:
            log.info("%s: answers again", name)
        state.error = None
        state.last_success = now
        state.fresh_at = now if answer.timestamp is None else min(answer.timestamp, now)
        state.totals = answer.totals
        self._attribution.add(name, answer.writes, self._names, self._config.attribution.top_keys)
        self._ended(state, duration)

    def failed(self, name: str, error: AskError, duration: float) -> None:
        """Take in a failed ask. It is logged when the cause is new, not each time."""
        state = self._states[name]
        if state.error is None or state.error.reason is not error.reason:
            log.warning("%s: asking failed: %s", name, error)
        state.error = error
        self._ended(state, duration)

    def last_duration(self, name: str) -> float:
        return self._states[name].last_duration

    def page(self) -> bytes:
        """The text of /metrics, at most PAGE_SECONDS old."""
        now = self._clock()
        if self._page is None or not 0 <= now - self._page_at < PAGE_SECONDS:
            for state in self._states.values():
                if state.asked:
                    state.series.set_stale(state.stale(now, self._config.stale_after_seconds))
            series = (state.series for state in self._states.values())
            self._page = metrics.page(self._config.env, series, self._totals(now), self._attribution.series())
            self._page_at = now
        return self._page

    def overview(self) -> dict[str, Any]:
        """The content of /api/fleet; no secret and nothing that a vertical wrote but numbers."""
        now = self._clock()
        return {
            "env": self._config.env,
            "totals": {total: self._totals(now).get(total) for total in PLATFORM_TOTALS},
            "verticals": [self._describe(state, now) for state in self._states.values()],
        }

    def _forget_all(self, config: Config) -> None:
        self._config = config
        self._states = {}
        self._attribution = Attribution()
        self._settled = False
        self._settle_by = self._clock() + config.interval_seconds + config.timeout_seconds

    def _ended(self, state: VerticalState, duration: float) -> None:
        state.asked = True
        state.last_duration = duration
        state.series.record(duration, state.error.reason if state.error else None)

    def _totals(self, now: float) -> dict[str, float]:
        """The platform totals: last good numbers of the verticals that are not stale.

        Empty until each vertical was asked once, or a restart would look like a loss of data.
        """
        if not self._settled:
            self._settled = now >= self._settle_by or all(state.asked for state in self._states.values())
            if not self._settled:
                return {}
            self._attribution.settle(self._config.attribution.top_keys)
        sums = dict.fromkeys(PLATFORM_TOTALS, 0.0)
        for state in self._states.values():
            if not state.stale(now, self._config.stale_after_seconds):
                for total, number in state.totals.items():
                    sums[total] += number
        return sums

    def _describe(self, state: VerticalState, now: float) -> dict[str, Any]:
        error = state.error
        return {
            "name": state.vertical.name,
            "kind": state.vertical.kind,
            "up": error is None if state.asked else None,
            "stale": state.stale(now, self._config.stale_after_seconds) if state.asked else None,
            "last_error": {"reason": error.reason.value, "sentence": error.sentence} if error else None,
            "last_success": _iso(state.last_success) if state.last_success is not None else None,
            "last_duration_seconds": round(state.last_duration, 6) if state.asked else None,
            "totals": state.totals,
        }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
