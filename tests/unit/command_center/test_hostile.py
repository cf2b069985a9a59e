# SPDX-License-Identifier: GPL-3.0-or-later
"""Verticals that mean harm: whatever they send, /metrics stays an exposition of ours and of a bounded size."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from command_center import exposition, stats
from command_center.config import Vertical
from command_center.outcome import AskError
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.command_center.fault_server import HOSTILE_TEXTS
from tests.unit.command_center.program import Program

TOP_KEYS = 20
STATS = {  # what is served -> why it is refused, if it is
    "hostile_keys": None,
    "hostile_fields": None,
    "keys_1000": None,
    "hostile_message": "http_status",
    "invalid_utf8": "not_json",
    "ten_megabytes": "wrong_shape",
    "keys_100k": "wrong_shape",
    "many_keys": "wrong_shape",
}
EXPOSITIONS = {
    "hostile_labels": None,
    "invalid_utf8_labels": "not_exposition",
    "long_label": "wrong_shape",
    "series_100k": "wrong_shape",
}
LABELS = {
    "service": "[a-z0-9_]{1,64}",
    "env": "dev",
    "reason": "[a-z_]{1,20}",
    "key": "key-[0-9a-f]{12}|other",
    "le": r"[0-9.]+|\+Inf",
}


def verticals(server: str) -> list[dict[str, Any]]:
    mapped = {
        "totals": {"properties": "property_records"},
        "attribution_metric": "property_writes_total",
        "attribution_label": "key",
    }
    return [
        *({"name": name, "kind": "stats", "url": f"{server}/{name}"} for name in STATS),
        *({"name": name, "kind": "exposition", "url": f"{server}/{name}", **mapped} for name in EXPOSITIONS),
    ]


def check(families: Iterable[Metric]) -> int:
    """How many series there are, each of a name and with labels that are ours."""
    number = 0
    for family in families:
        assert re.fullmatch("aether_[a-z_]+", family.name)
        for sample in family.samples:
            number += 1
            for name, value in sample.labels.items():
                assert re.fullmatch(LABELS[name], value), (family.name, name)
    return number


@pytest.fixture
def attacked(start: Callable[..., Program], server: str) -> Program:
    """A program that has asked every hostile vertical."""
    program = start(
        interval_seconds=15,  # each is asked at the start; a busy machine may take its time
        timeout_seconds=15,
        max_body_bytes=16 * 1024 * 1024,
        attribution={"top_keys": TOP_KEYS},
        verticals=verticals(server),
    )
    program.until(lambda: all(v["up"] is not None for v in program.client.get("/api/fleet").json()["verticals"]))
    program.until(lambda: 'key="other"' in program.client.get("/metrics").text)
    return program


def test_nothing_that_they_send_is_on_a_page_or_in_the_log(attacked: Program) -> None:
    fleet = attacked.client.get("/api/fleet")
    found = {v["name"]: v["last_error"] and v["last_error"]["reason"] for v in fleet.json()["verticals"]}
    assert found == {**STATS, **EXPOSITIONS}
    page = attacked.client.get("/metrics").text
    number = check(text_string_to_metric_families(page))
    # For each vertical up, stale, 12 reasons and 11 of the histogram with its bounds, and its creation time.
    assert number <= 30 * len(found) + 6 + TOP_KEYS + 1 + 10
    assert max(map(len, page.splitlines())) < 200
    everything = page + fleet.text + attacked.log.read_text()
    for word in ("evil", "script", "HOME", "__import__", "7 * 7", "\x1b", "\u202e", "key-0123456789ab", "uid="):
        assert word not in everything


def test_each_key_however_odd_is_one_series_or_counted_in_other(start: Callable[..., Program], server: str) -> None:
    vertical = {"name": "hostile_keys", "kind": "stats", "url": f"{server}/hostile_keys"}
    program = start(interval_seconds=15, timeout_seconds=15, verticals=[vertical])
    program.until(lambda: 'key="other"' in program.client.get("/metrics").text)
    families = text_string_to_metric_families(program.client.get("/metrics").text)
    (writes,) = (family for family in families if family.name == "aether_attribution_writes")
    assert sorted(sample.value for sample in writes.samples) == [0.0, *[1.0] * len(HOSTILE_TEXTS)]
    assert {s.labels["key"] for s in writes.samples if s.value == 0} == {"other"}, "the raw key other is not it"


PIECES = (
    *(value.encode("utf-8", "surrogatepass") for value in HOSTILE_TEXTS),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"=",
        b":",
        b",",
        b" ",
        b"\n",
        b"\\",
        b"#",
        b"# TYPE ",
        b"-",
        b"9" * 5000,
        b"1e999",
        b"NaN",
    ),
    *(b"null", b"true", b"\xff", b"\x00", b"\\ud800", b'"summary": 1, ', b"property_records"),
)
GOOD_STATS = (
    b'{"summary": {"contacts": 1, "deals": 2}, "timestamp": "1970-01-01T00:00:00Z", '
    b'"attribution": {"top_creator_keys": [{"key": "k", "count": 9}]}}'
)
GOOD_EXPOSITION = b'# HELP a b\nproperty_records{a="b",c="d"} 1\nproperty_writes_total{key="k"} 9\n'


def spoilt(good: bytes, chance: random.Random) -> bytes:
    """With a piece put in, or in the place of some bytes, here and there."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(good))
        good = good[:start] + chance.choice(PIECES) + good[start + chance.choice((0, 0, 1, 5)) :]
    return good


async def test_any_bytes_end_in_an_answer_or_in_a_reason() -> None:
    chance = random.Random(6)  # noqa: S311 - the same bytes at each run
    vertical = Vertical(
        "v",
        "exposition",
        "http://127.0.0.1/",
        {"properties": "property_records"},
        attribution_metric="property_writes_total",
        attribution_label="key",
    )
    ends = {"stats": 0, "exposition": 0, "reason": 0}
    for number in range(6000):
        kind = "stats" if number % 2 else "exposition"
        try:
            if kind == "stats":
                stats.read(spoilt(GOOD_STATS, chance), None, 0.0)
            else:
                await exposition.read(spoilt(GOOD_EXPOSITION, chance), vertical, 0.0)
            ends[kind] += 1
        except AskError as error:
            ends["reason"] += 1
            assert len(str(error)) < 200
    assert min(ends.values()) > 100, ends
