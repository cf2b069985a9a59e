# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers that the demo verticals show."""

from __future__ import annotations

import pytest
from demo_verticals.figures import DAY, KINDS, exposition, snapshot, stats, zeros

START = 1_762_509_600.0
FIELDS = {
    "crm": {"contacts", "deals", "contacts_today", "deals_today"},
    "roofing": {"jobs", "properties", "estimates", "photos"},
    "policy": {"policies", "expiring_soon"},
    "property": {"properties", "listings", "updates_today"},
    "media": {"total_files", "total_size_mb", "uploads_today"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_fields_in_the_summary_and_flat(kind: str) -> None:
    document = stats(snapshot(kind, START))
    assert set(document["summary"]) == FIELDS[kind]
    assert {name: document[name] for name in FIELDS[kind]} == document["summary"]
    rest = set(document) - FIELDS[kind]
    assert rest == {"summary", "timestamp"} | (set() if kind == "media" else {"service", "attribution"})


@pytest.mark.parametrize("kind", KINDS)
def test_totals_move_and_never_reach_zero(kind: str) -> None:
    seen = [snapshot(kind, START + step * 10).summary for step in range(500)]
    for name in FIELDS[kind]:
        values = [summary[name] for summary in seen]
        assert len(set(values)) > 1
        assert name.endswith("_today") or min(values) > 0


def test_a_day_starts_at_nothing() -> None:
    assert snapshot("crm", START // DAY * DAY).summary["contacts_today"] == 0


def test_the_same_time_shows_the_same_numbers() -> None:
    assert snapshot("crm", START) == snapshot("crm", START)


def test_the_two_spellings_of_utc_are_both_there() -> None:
    assert stats(snapshot("crm", START))["timestamp"] == "2025-11-07T10:00:00.000000+00:00"
    assert stats(snapshot("policy", START))["timestamp"] == "2025-11-07T10:00:00.000000Z"


def test_the_top_three_keys_rise_fall_and_change() -> None:
    tops = [stats(snapshot("crm", START + step * 30))["attribution"] for step in range(100)]
    assert all(len(top["top_creator_keys"]) == 3 for top in tops)
    assert all(top["last_created_by_key"] for top in tops)
    keys = {entry["key"] for top in tops for entry in top["top_creator_keys"]}
    assert len(keys) > 3
    by_key = {key: [snapshot("crm", START + step * 30).writes[key] for step in range(100)] for key in keys}
    for counts in by_key.values():
        steps = [after - before for before, after in zip(counts, counts[1:])]
        assert min(steps) < 0 < max(steps)


def test_nothing_at_all_has_no_attribution() -> None:
    document = stats(zeros(snapshot("crm", START)))
    assert set(document["summary"].values()) == {0}
    assert document["attribution"] == {}


def test_the_exposition_tells_the_same_as_the_stats() -> None:
    seen = snapshot("property", START)
    lines = exposition(seen).splitlines()
    records = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("property_records{")]
    assert sum(records) == seen.summary["properties"]
    assert f"property_last_update_timestamp_seconds {START:.3f}" in lines
    assert sum(line.startswith("property_writes_total{") for line in lines) == len(seen.writes)
