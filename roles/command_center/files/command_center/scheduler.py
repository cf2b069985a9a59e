# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks every vertical each interval: spread over the interval, bounded in number, one ask of a vertical at a time."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from contextlib import AbstractAsyncContextManager

from .ask import ask
from .config import Config, Vertical
from .fleet import Fleet
from .outcome import AskError, Reason

log = logging.getLogger(__name__)

SPREAD_SECONDS = 0.02  # a round of asks is spread over that much for each vertical, at most over the interval


class Scheduler:
    """One task for each vertical. Slow verticals share half of the slots, so that they cannot hold up the others."""

    _config: Config

    def __init__(self, config: Config, fleet: Fleet) -> None:
        self._fleet = fleet
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._use(config)

    def apply(self, config: Config) -> None:
        """Take on a configuration; a vertical whose settings stay as they are keeps its rhythm and its running ask."""
        if _pace(config) != _pace(self._config):
            self._cancel(list(self._tasks))
            self._use(config)
        wanted = {vertical.name: vertical for vertical in config.verticals}
        known = {vertical.name: vertical for vertical in self._config.verticals}
        self._cancel([name for name in self._tasks if wanted.get(name) != known.get(name)])
        self._config = config
        for name, vertical in wanted.items():
            if name not in self._tasks:
                self._tasks[name] = asyncio.create_task(self._watch(vertical), name=f"watch {name}")

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        self._cancel(list(self._tasks))
        await asyncio.gather(*tasks, return_exceptions=True)

    def _use(self, config: Config) -> None:
        self._config = config
        self._slots = asyncio.Semaphore(config.concurrency)
        self._slow_slots = asyncio.Semaphore(max(1, config.concurrency // 2))

    def _cancel(self, names: list[str]) -> None:
        for name in names:
            self._tasks.pop(name).cancel()

    async def _watch(self, vertical: Vertical) -> None:
        interval, clock = self._config.interval_seconds, asyncio.get_running_loop().time
        spread = min(interval, SPREAD_SECONDS * len(self._config.verticals))
        await asyncio.sleep(spread * _share(vertical.name))
        start = clock()
        while True:
            async with self._lane(vertical), self._slots:
                await self._ask(vertical)
            await asyncio.sleep(interval - (clock() - start) % interval)

    def _lane(self, vertical: Vertical) -> AbstractAsyncContextManager[None]:
        slow = self._fleet.last_duration(vertical.name) > self._config.timeout_seconds / 2
        return self._slow_slots if slow else contextlib.nullcontext()

    async def _ask(self, vertical: Vertical) -> None:
        started = time.perf_counter()
        try:
            answer = await ask(vertical, self._config)
        except AskError as error:
            self._fleet.failed(vertical.name, error, time.perf_counter() - started)
        except Exception:
            log.exception("%s: asking met a fault of Command Center's own", vertical.name)
            fault = AskError(Reason.INTERNAL, "a fault of Command Center's own; see its log")
            self._fleet.failed(vertical.name, fault, time.perf_counter() - started)
        else:
            self._fleet.answered(vertical.name, answer, time.perf_counter() - started)


def _pace(config: Config) -> tuple[float, ...]:
    return (config.interval_seconds, config.timeout_seconds, config.concurrency, config.max_body_bytes)


def _share(name: str) -> float:
    """A vertical's place in a round, from 0 to 1, the same after every restart."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32
