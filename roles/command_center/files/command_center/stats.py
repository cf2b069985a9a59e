# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the JSON stats that the platform's services answer (kind "stats"; stats.schema.json describes them)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from .outcome import MAX_KEYS_IN_ANSWER, PLATFORM_TOTALS, Answer, AskError, Reason, count, moment

MAX_VALUES = 10_000  # in the whole answer, counted before it is parsed


def read(body: bytes | bytearray, totals: Mapping[str, str] | None, now: float) -> Answer:
    """Read one stats answer.

    totals: platform total -> summary field; None takes every platform total found in the summary by its own name,
    and total_files as uploads. now: Unix seconds, to judge the timestamp. Raises AskError (not_json, wrong_shape).
    """
    document = _object(_decode(body), "the answer")
    summary = _object(document.get("summary"), "summary")
    mapping = _default_totals(summary) if totals is None else totals
    return Answer(
        totals={total: _field(summary, name) for total, name in mapping.items()},
        timestamp=_timestamp(document.get("timestamp"), now),
        writes=_writes(document.get("attribution")),
    )


def _decode(body: bytes | bytearray) -> object:
    # Parsing a hostile megabyte of "[],[],..." would hold up the event loop and take 30 times its size in memory.
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise AskError(Reason.WRONG_SHAPE, f"the answer has more than {MAX_VALUES} values")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise AskError(Reason.NOT_JSON, "the answer is nested too deeply") from None
    except ValueError:  # also what a wrong encoding and a number of thousands of digits raise
        raise AskError(Reason.NOT_JSON, "the answer is not JSON in UTF-8") from None


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise AskError(Reason.WRONG_SHAPE, f"{what} is not an object")
    return value


def _default_totals(summary: Mapping[str, object]) -> dict[str, str]:
    found = {total: total for total in PLATFORM_TOTALS if total in summary}
    if "uploads" not in found and "total_files" in summary:
        found["uploads"] = "total_files"
    return found


def _field(summary: Mapping[str, object], name: str) -> float:
    if name not in summary:
        raise AskError(Reason.WRONG_SHAPE, f"summary.{name} is missing")
    return count(summary[name], f"summary.{name}")


def _timestamp(value: object, now: float) -> float:
    if not isinstance(value, str) or len(value) > 64:
        raise AskError(Reason.WRONG_SHAPE, "timestamp is missing or not a time in ISO 8601")
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            raise AskError(Reason.WRONG_SHAPE, "timestamp has no UTC offset")
        return moment(parsed.timestamp(), now, "timestamp")
    except (ValueError, OverflowError):
        raise AskError(Reason.WRONG_SHAPE, "timestamp is not a time in ISO 8601") from None


def _writes(attribution: object) -> dict[str, float]:
    if attribution is None:
        return {}
    entries = _object(attribution, "attribution").get("top_creator_keys")
    if entries is None:
        return {}
    if not isinstance(entries, list) or len(entries) > MAX_KEYS_IN_ANSWER:
        raise AskError(
            Reason.WRONG_SHAPE, f"attribution.top_creator_keys is not a list of at most {MAX_KEYS_IN_ANSWER} keys"
        )
    writes: dict[str, float] = {}
    for index, entry in enumerate(entries):
        where = f"attribution.top_creator_keys[{index}]"
        key = _object(entry, where).get("key")
        if not isinstance(key, str) or not key:
            raise AskError(Reason.WRONG_SHAPE, f"{where}.key is not a text")
        writes[key] = writes.get(key, 0.0) + count(entry.get("count"), f"{where}.count")
    return writes
