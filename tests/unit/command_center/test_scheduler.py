# SPDX-License-Identifier: GPL-3.0-or-later
"""When verticals are asked: each interval, spread, bounded, never twice at once; a slow one holds up nobody else.

The rhythm is tested on a clock that the tests turn, with verticals that take as long as they say; that the scheduler
and the real way to ask fit together, by the clock on the wall and without limits of time.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from command_center import scheduler as scheduler_module
from command_center.config import Config, Vertical
from command_center.fleet import Fleet
from command_center.key_names import KeyNames
from command_center.outcome import Answer, AskError, Reason
from command_center.scheduler import SPREAD_SECONDS, Scheduler

from tests.unit.command_center import turned_clock

NAMES = KeyNames(b"a secret of the tests", {})
STALL, QUICK = 3600, 0.01  # seconds; no ask takes none, or the turned clock would stand still
MakeConfig = Callable[..., Config]


class Asks:
    """Stands in for `ask`: a vertical takes as long as the number at the end of its address says, in seconds."""

    def __init__(self) -> None:
        self.began: list[tuple[str, float]] = []
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_of_all = 0

    async def __call__(self, vertical: Vertical, config: Config) -> Answer:
        self.began.append((vertical.name, asyncio.get_running_loop().time()))
        self.running[vertical.name] += 1
        self.most |= self.running
        self.most_of_all = max(self.most_of_all, self.running.total())
        try:
            async with asyncio.timeout(config.timeout_seconds):
                await asyncio.sleep(float(vertical.url.rpartition("/")[2]))
        except TimeoutError:
            raise AskError(Reason.TIMEOUT, "it stalls") from None
        finally:
            self.running[vertical.name] -= 1
        return Answer({})

    def times(self, name: str) -> list[float]:
        return [when for asked, when in self.began if asked == name]

    def counts(self) -> Counter[str]:
        return Counter(name for name, _when in self.began)


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> Asks:
    """For stories on the turned clock, by which the scheduler takes durations as well."""
    made = Asks()
    monkeypatch.setattr(scheduler_module, "ask", made)
    clock = SimpleNamespace(perf_counter=lambda: asyncio.get_running_loop().time())
    monkeypatch.setattr(scheduler_module, "time", clock)
    return made


def on_turned_clock(story: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    def test(asks: Asks, make_config: MakeConfig) -> None:
        turned_clock.run(story(asks, make_config))

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


def verticals(**seconds: float) -> list[dict[str, Any]]:
    return [{"name": name, "kind": "stats", "url": f"http://x/{takes}"} for name, takes in seconds.items()]


def real(server: str, **paths: str) -> list[dict[str, Any]]:
    return [{"name": name, "kind": "stats", "url": f"{server}/{path}"} for name, path in paths.items()]


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[tuple[Fleet, Scheduler]]:
    fleet = Fleet(config, NAMES)
    scheduler = Scheduler(config, fleet)
    scheduler.apply(config)
    try:
        yield fleet, scheduler
    finally:
        await scheduler.stop()


def describe(fleet: Fleet, name: str) -> dict[str, Any]:
    found = next(entry for entry in fleet.overview()["verticals"] if entry["name"] == name)
    return dict(found)


def asked(fleet: Fleet) -> dict[str, int]:
    lines = fleet.page().decode().splitlines()
    prefix = "aether_verticals_scrape_duration_seconds_count"
    counts = [line for line in lines if line.startswith(prefix)]
    return {line.split('service="')[1].split('"')[0]: int(float(line.rsplit(" ", 1)[1])) for line in counts}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


@on_turned_clock
async def test_every_vertical_is_asked_each_interval_however_long_it_takes(asks: Asks, make_config: MakeConfig) -> None:
    async with running(make_config(interval_seconds=15, timeout_seconds=10, verticals=verticals(crm=0.1, media=9.9))):
        await asyncio.sleep(150)

    for name in ("crm", "media"):
        times = asks.times(name)
        assert len(times) == 10
        assert [after - before for before, after in zip(times, times[1:])] == pytest.approx([15] * 9)


@on_turned_clock
async def test_a_vertical_never_has_two_asks_in_flight(asks: Asks, make_config: MakeConfig) -> None:
    slow = verticals(crm=STALL, roofing=0.19)
    async with running(make_config(interval_seconds=0.2, timeout_seconds=0.2, verticals=slow)):
        await asyncio.sleep(12)

    assert asks.most == {"crm": 1, "roofing": 1}
    assert min(asks.counts().values()) > 25


@on_turned_clock
async def test_no_more_asks_run_at_once_than_allowed(asks: Asks, make_config: MakeConfig) -> None:
    stalled = {f"v{number}": STALL for number in range(12)}
    async with running(make_config(concurrency=3, verticals=verticals(**stalled))):
        await asyncio.sleep(10)

    assert asks.most_of_all == 3
    assert len(asks.counts()) == 12


@on_turned_clock
async def test_asks_are_spread_and_not_made_in_one_burst(asks: Asks, make_config: MakeConfig) -> None:
    good = {f"v{number}": QUICK for number in range(40)}
    async with running(make_config(interval_seconds=2, verticals=verticals(**good))):
        await asyncio.sleep(1.3)

    begins = [when for _name, when in asks.began]
    assert len(begins) == len(asks.counts()) == 40
    assert max(begins) <= 40 * SPREAD_SECONDS
    for tenth in range(8):
        assert 0 < sum(tenth <= when * 10 < tenth + 1 for when in begins) < 12


@on_turned_clock
async def test_slow_verticals_do_not_hold_up_the_others(asks: Asks, make_config: MakeConfig) -> None:
    slow = {f"slow{number}": STALL for number in range(24)}
    good = {f"good{number}": QUICK for number in range(4)}
    many = verticals(**slow, **good)
    async with running(make_config(concurrency=4, interval_seconds=0.3, timeout_seconds=0.3, verticals=many)):
        while len(asks.counts()) < len(many):  # the first round, in which all are alike
            await asyncio.sleep(0.1)
        before = asks.counts()
        await asyncio.sleep(3)

    more = asks.counts() - before
    assert all(more[name] >= 9 for name in good)
    assert sum(more[name] for name in slow) >= 18, "two at a time, each 0.3 s"


@on_turned_clock
async def test_a_reload_keeps_the_running_asks_of_what_stays(asks: Asks, make_config: MakeConfig) -> None:
    paces = {"interval_seconds": 5, "timeout_seconds": 5}
    first = make_config(**paces, verticals=verticals(crm=0.5, media=0.5))
    second = make_config(**paces, verticals=verticals(crm=0.5, policy=QUICK))
    async with running(first) as (fleet, scheduler):
        await asyncio.sleep(0.2)
        assert asks.running == {"crm": 1, "media": 1}
        fleet.apply(second, NAMES)
        scheduler.apply(second)
        await asyncio.sleep(0.6)

        assert asked(fleet) == {"crm": 1, "policy": 1}
        assert describe(fleet, "crm")["up"] is True
    assert asks.counts() == {"crm": 1, "media": 1, "policy": 1}


@on_turned_clock
async def test_a_reload_with_another_pace_takes_effect_at_once(asks: Asks, make_config: MakeConfig) -> None:
    first = make_config(interval_seconds=60, timeout_seconds=5, verticals=verticals(crm=QUICK))
    second = make_config(interval_seconds=0.2, timeout_seconds=0.2, verticals=verticals(crm=QUICK))
    async with running(first) as (fleet, scheduler):
        await asyncio.sleep(0.2)
        fleet.apply(second, NAMES)
        scheduler.apply(second)
        await asyncio.sleep(1.0)

    assert asks.counts()["crm"] in (5, 6)


async def test_answers_and_failures_of_real_verticals_arrive(server: str, make_config: MakeConfig) -> None:
    config = make_config(verticals=real(server, crm="good", roofing="good", media="status_500"))
    async with running(config) as (fleet, _):
        await until(lambda: min(asked(fleet).values(), default=0) >= 2 and len(asked(fleet)) == 3)

        assert describe(fleet, "crm")["up"] is True
        assert describe(fleet, "media")["last_error"]["reason"] == "http_status"


async def test_name_lookups_that_hang_hold_up_nobody(
    server: str, make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: hang.wait(30))
    lost = [{"name": f"lost{n}", "kind": "stats", "url": f"http://lost{n}.example/"} for n in range(3)]
    async with running(make_config(verticals=[*lost, *real(server, crm="good")])) as (fleet, _):
        await until(lambda: asked(fleet).get("crm", 0) >= 2 and "lost0" in asked(fleet))

        assert describe(fleet, "crm")["up"] is True
        assert describe(fleet, "lost0")["last_error"]["reason"] == "timeout"
    hang.set()


async def test_a_fault_of_our_own_is_counted_and_does_not_end_the_asking(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Awaitable[Answer]:
        raise RuntimeError("a bug")

    monkeypatch.setattr("command_center.scheduler.ask", broken)
    config = make_config(interval_seconds=0.2, timeout_seconds=0.2, verticals=verticals(crm=QUICK))
    async with running(config) as (fleet, _):
        await until(lambda: asked(fleet).get("crm", 0) >= 2)

        assert describe(fleet, "crm")["last_error"]["reason"] == "internal"
