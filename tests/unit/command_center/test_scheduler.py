# SPDX-License-Identifier: GPL-3.0-or-later
"""When verticals are asked: each interval, spread, bounded, never twice at once; a slow one holds up nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from command_center.config import Config
from command_center.fleet import Fleet
from command_center.key_names import KeyNames
from command_center.scheduler import Scheduler

NAMES = KeyNames(b"a secret of the tests", {})
MakeConfig = Callable[..., Config]


def verticals(server: str, test: str, **paths: str) -> list[dict[str, Any]]:
    """Name -> behaviour; the test's name in the path lets the server count the requests of one test."""
    return [{"name": name, "kind": "stats", "url": f"{server}/{test}/{name}/{path}"} for name, path in paths.items()]


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


def asks(fleet: Fleet) -> dict[str, int]:
    lines = fleet.page().decode().splitlines()
    prefix = "aether_verticals_scrape_duration_seconds_count"
    counts = [line for line in lines if line.startswith(prefix)]
    return {line.split('service="')[1].split('"')[0]: int(float(line.rsplit(" ", 1)[1])) for line in counts}


async def most_at_once(server: str, test: str) -> dict[str, int]:
    async with httpx.AsyncClient(trust_env=False) as client:
        most = json.loads((await client.get(f"{server}/inflight")).text)["most"]
    return {path: number for path, number in most.items() if path.startswith(f"/{test}/")}


async def test_every_vertical_is_asked_each_interval(server: str, make_config: MakeConfig) -> None:
    config = make_config(verticals=verticals(server, "each", crm="good", roofing="good", media="status_500"))
    async with running(config) as (fleet, _):
        await asyncio.sleep(1.1)
        assert all(2 <= number <= 4 for number in asks(fleet).values())
        assert len(asks(fleet)) == 3
        assert describe(fleet, "crm")["up"] is True
        assert describe(fleet, "media")["last_error"]["reason"] == "http_status"


async def test_a_vertical_never_has_two_asks_in_flight(server: str, make_config: MakeConfig) -> None:
    config = make_config(
        interval_seconds=0.2, timeout_seconds=0.2, verticals=verticals(server, "twice", crm="stall", roofing="slow")
    )
    async with running(config):
        await asyncio.sleep(1.2)
    assert await most_at_once(server, "twice") == {"/twice/crm/stall": 1, "/twice/roofing/slow": 1}


async def test_no_more_asks_run_at_once_than_allowed(make_config: MakeConfig) -> None:
    now = most = 0

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await reader.read()
        now -= 1
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    paths = {f"v{number}": "x" for number in range(12)}
    async with running(make_config(concurrency=3, verticals=verticals(url, "bound", **paths))):
        await asyncio.sleep(0.7)
    server.close()
    assert most == 3


async def test_asks_are_spread_and_not_made_in_one_burst(server: str, make_config: MakeConfig) -> None:
    paths = {f"v{number}": "good" for number in range(40)}
    config = make_config(interval_seconds=2, verticals=verticals(server, "spread", **paths))
    async with running(config) as (fleet, _):
        await asyncio.sleep(0.3)
        early = len(asks(fleet))
        await asyncio.sleep(1.0)
        assert 0 < early < 30
        assert len(asks(fleet)) == 40


async def test_slow_verticals_do_not_hold_up_the_others(server: str, make_config: MakeConfig) -> None:
    slow = {f"slow{number}": "stall" for number in range(24)}
    good = {f"good{number}": "good" for number in range(4)}
    config = make_config(
        concurrency=4, interval_seconds=0.3, timeout_seconds=0.3, verticals=verticals(server, "lanes", **slow, **good)
    )
    async with running(config) as (fleet, _):
        while len(asks(fleet)) < len(slow) + len(good):  # the first round, in which all are alike
            await asyncio.sleep(0.1)
        before = asks(fleet)
        await asyncio.sleep(1.3)
        after = asks(fleet)
    assert all(after[name] - before[name] >= 2 for name in good)
    assert sum(after[name] - before.get(name, 0) for name in slow if name in after) > 0


async def test_name_lookups_that_hang_hold_up_nobody(
    server: str, make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    hang = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: hang.wait(5))
    lost = [{"name": f"lost{n}", "kind": "stats", "url": f"http://lost{n}.example/"} for n in range(3)]
    async with running(make_config(verticals=[*lost, *verticals(server, "lookup", crm="good")])) as (fleet, _):
        await asyncio.sleep(1.2)
        assert describe(fleet, "crm")["up"] is True
        assert asks(fleet)["crm"] >= 2
        assert describe(fleet, "lost0")["last_error"]["reason"] == "timeout"
    hang.set()


async def test_a_fault_of_our_own_is_counted_and_does_not_end_the_asking(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("command_center.scheduler.ask", broken)
    config = make_config(
        interval_seconds=0.2, timeout_seconds=0.2, verticals=verticals("http://127.0.0.1:1", "", crm="x")
    )
    async with running(config) as (fleet, _):
        await asyncio.sleep(0.7)
        assert describe(fleet, "crm")["last_error"]["reason"] == "internal"
        assert asks(fleet)["crm"] >= 2


async def test_a_reload_keeps_the_running_asks_of_what_stays(server: str, make_config: MakeConfig) -> None:
    first = make_config(
        interval_seconds=5, timeout_seconds=5, verticals=verticals(server, "keep", crm="slow", media="slow")
    )
    second = make_config(
        interval_seconds=5, timeout_seconds=5, verticals=verticals(server, "keep", crm="slow", policy="good")
    )
    async with running(first) as (fleet, scheduler):
        await asyncio.sleep(0.2)  # both asks run, and need 0.5 s
        fleet.apply(second, NAMES)
        scheduler.apply(second)
        await asyncio.sleep(0.6)
        assert asks(fleet) == {"crm": 1, "policy": 1}
        assert describe(fleet, "crm")["up"] is True


async def test_a_reload_with_another_pace_takes_effect_at_once(server: str, make_config: MakeConfig) -> None:
    first = make_config(interval_seconds=60, timeout_seconds=5, verticals=verticals(server, "pace", crm="good"))
    second = make_config(interval_seconds=0.2, timeout_seconds=0.2, verticals=verticals(server, "pace", crm="good"))
    async with running(first) as (fleet, scheduler):
        await asyncio.sleep(0.2)
        fleet.apply(second, NAMES)
        scheduler.apply(second)
        await asyncio.sleep(1.0)
        assert asks(fleet)["crm"] >= 4
