# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON stats, as the platform's services answer them today; the parser and the JSON Schema say the same."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_center import stats
from command_center.outcome import AskError, Reason

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "roles/command_center/files/stats.schema.json").read_text())
NOW = datetime(2025, 11, 7, 10, 1, tzinfo=timezone.utc).timestamp()

CRM = {
    "service": "peakpro-crm",
    "summary": {"contacts": 120, "deals": 14, "contacts_today": 3, "deals_today": 1},
    "contacts": 120,
    "deals": 14,
    "contacts_today": 3,
    "deals_today": 1,
    "timestamp": "2025-11-07T10:00:00.000000+00:00",
    "attribution": {"last_created_by_key": "k", "top_creator_keys": [{"key": "k", "count": 9}]},
}
ROOFING = {
    "service": "roofing",
    "summary": {"jobs": 4, "properties": 5, "estimates": 6, "photos": 7},
    "timestamp": "2025-11-07T10:00:00Z",
    "attribution": {},
}
POLICY = {"service": "policy", "summary": {"policies": 8, "expiring_soon": 2}, "timestamp": "2025-11-07T10:00:00Z"}
MEDIA = {
    "summary": {"total_files": 31, "total_size_mb": 12.5, "uploads_today": 2},
    "total_files": 31,
    "timestamp": "2025-11-07T10:00:00Z",
}


def read(document: object, totals: dict[str, str] | None = None) -> stats.Answer:
    return stats.read(json.dumps(document).encode(), totals, NOW)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The CRM's answer with the value at a dotted path replaced; None removes it."""
    document = copy.deepcopy(CRM)
    *parents, last = path.split(".")
    place: Any = document
    for parent in parents:
        place = place[int(parent)] if isinstance(place, list) else place[parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "totals"),
    [
        (CRM, {"contacts": 120, "deals": 14}),
        (ROOFING, {"jobs": 4, "properties": 5}),
        (POLICY, {"policies": 8}),
        (MEDIA, {"uploads": 31}),
    ],
)
def test_the_platforms_answers_feed_the_totals_by_their_own_names(document: object, totals: dict[str, int]) -> None:
    assert read(document).totals == totals


def test_a_mapping_in_the_configuration_says_which_field_feeds_which_total() -> None:
    assert read(ROOFING, {"jobs": "estimates"}).totals == {"jobs": 6}
    assert read(ROOFING, {}).totals == {}


def test_a_mapped_field_that_is_missing_is_an_error() -> None:
    with pytest.raises(AskError, match=r"summary\.jobs is missing"):
        read(CRM, {"jobs": "jobs"})


def test_uploads_by_name_win_over_total_files() -> None:
    assert read({**MEDIA, "summary": {"uploads": 1, "total_files": 2}}).totals == {"uploads": 1}


def test_a_wrong_service_name_is_ignored() -> None:
    assert read({**CRM, "service": ["somebody", "else"]}).totals == {"contacts": 120, "deals": 14}


def test_fields_that_feed_nothing_may_be_anything() -> None:
    document = changed("summary.note", "all is well")
    assert read(document).totals == {"contacts": 120, "deals": 14}
    assert read({**CRM, "contacts": "flat ones are not read"}).totals == {"contacts": 120, "deals": 14}


def test_writes_are_taken_from_the_top_keys() -> None:
    assert read(CRM).writes == {"k": 9}
    assert read(ROOFING).writes == {}
    assert read(MEDIA).writes == {}
    assert read({**CRM, "attribution": None}).writes == {}


def test_a_key_given_twice_is_one_key() -> None:
    twice = [{"key": "k", "count": 1}, {"key": "k", "count": 2}]
    assert read({**CRM, "attribution": {"top_creator_keys": twice}}).writes == {"k": 3}


@pytest.mark.parametrize("spelling", ["2025-11-07T10:00:00.000000+00:00", "2025-11-07T10:00:00Z"])
def test_both_spellings_of_utc_are_read(spelling: str) -> None:
    assert read({**CRM, "timestamp": spelling}).timestamp == NOW - 60


def test_a_clock_a_little_ahead_is_no_error_and_one_far_ahead_is() -> None:
    assert read({**CRM, "timestamp": "2025-11-07T10:05:30Z"}).timestamp == NOW + 270
    with pytest.raises(AskError, match="300 s in the future"):
        read({**CRM, "timestamp": "2025-11-07T10:06:30Z"})


@pytest.mark.parametrize("spelling", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_times_at_the_ends_of_the_calendar_break_nothing(spelling: str) -> None:
    try:
        assert read({**CRM, "timestamp": spelling}).timestamp
    except AskError as error:
        assert error.reason is Reason.WRONG_SHAPE


def test_an_error_never_quotes_the_answer() -> None:
    for document in (changed("summary.contacts", "SECRET"), changed("timestamp", "SECRET"), ["SECRET"]):
        with pytest.raises(AskError) as caught:
            read(document)
        assert "SECRET" not in str(caught.value)


WRONG = [
    changed("summary", None),
    changed("summary", [1]),
    changed("summary", 5),
    changed("summary.contacts", "120"),
    changed("summary.contacts", True),
    changed("summary.contacts", [120]),
    changed("summary.contacts", -1),
    changed("summary.contacts", 2**53 + 2),
    changed("summary.contacts", 10**300),
    changed("timestamp", None),
    changed("timestamp", 1762509600),
    changed("timestamp", "yesterday"),
    changed("timestamp", "2025-11-07T10:00:00"),
    changed("timestamp", "2025-11-07T10:00:00Z" + " " * 100),
    changed("attribution", []),
    changed("attribution", "k"),
    changed("attribution.top_creator_keys", {"k": 9}),
    changed("attribution.top_creator_keys", ["k"]),
    changed("attribution.top_creator_keys", [{"key": "k"}]),
    changed("attribution.top_creator_keys", [{"key": 5, "count": 9}]),
    changed("attribution.top_creator_keys", [{"key": "", "count": 9}]),
    changed("attribution.top_creator_keys", [{"key": "k", "count": "9"}]),
    changed("attribution.top_creator_keys", [{"key": "k", "count": -9}]),
    changed("attribution.top_creator_keys", [{"key": f"k{n}", "count": n} for n in range(1001)]),
    {"summary": {"total_files": "many"}, "timestamp": "2025-11-07T10:00:00Z"},
    [CRM],
    "text",
    None,
]
RIGHT = [
    CRM,
    ROOFING,
    POLICY,
    MEDIA,
    changed("summary", {}),
    changed("summary.contacts", 0),
    changed("summary.contacts", 1.5),
    changed("summary.note", "text"),
    changed("service", 5),
    changed("attribution", None),
    {**CRM, "attribution": None},
    {**CRM, "attribution": {"top_creator_keys": None}},
    {"summary": {"uploads": 1, "total_files": "many"}, "timestamp": "2025-11-07T10:00:00Z"},
]


@pytest.mark.parametrize("document", WRONG)
def test_the_schema_and_the_parser_refuse_the_same(document: object) -> None:
    with pytest.raises(AskError) as caught:
        read(document)
    assert caught.value.reason is Reason.WRONG_SHAPE
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize("document", RIGHT)
def test_the_schema_and_the_parser_accept_the_same(document: object) -> None:
    read(document)
    jsonschema.validate(document, SCHEMA)
