# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a Prometheus exposition (kind "exposition"): the mapped metrics only, the rest of the page is not looked at."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from .config import Vertical
from .outcome import MAX_KEYS_IN_ANSWER, Answer, AskError, Reason, count, moment

MAX_SERIES = 2000  # of all mapped metrics together
MAX_LINE = 2048  # the parser's time grows with the square of a line's length


async def read(body: bytes | bytearray, vertical: Vertical, now: float) -> Answer:
    """Read one exposition. now: Unix seconds, to judge the timestamp. Raises AskError (not_exposition, wrong_shape)."""
    values: dict[str, list[float]] = {}
    writes: dict[str, float] = {}
    async for sample in _samples(body, vertical.metrics):
        values.setdefault(sample.name, []).append(sample.value)
        key = sample.labels.get(vertical.attribution_label or "")
        if sample.name == vertical.attribution_metric and key:
            writes[key] = writes.get(key, 0.0) + count(sample.value, f"a series of {sample.name}")
    if len(writes) > MAX_KEYS_IN_ANSWER:
        raise AskError(Reason.WRONG_SHAPE, f"{vertical.attribution_metric} has more than {MAX_KEYS_IN_ANSWER} keys")
    return Answer(
        totals={total: _sum(values, name) for total, name in (vertical.totals or {}).items()},
        timestamp=_newest(values, vertical.timestamp_metric, now),
        writes=writes,
    )


async def _samples(body: bytes | bytearray, names: tuple[str, ...]) -> AsyncIterator[Sample]:
    """Parse the lines of the named metrics one by one, giving way to other work now and then."""
    try:
        for number, line in enumerate(_lines(body.decode("utf-8"), names)):
            for family in text_string_to_metric_families(line):
                for sample in family.samples:
                    yield sample
            if number % 10 == 0:
                await asyncio.sleep(0)
    except (ValueError, LookupError):  # the parser falls over some lines
        raise AskError(Reason.NOT_EXPOSITION, "the answer is not a Prometheus exposition in UTF-8") from None


def _lines(text: str, names: tuple[str, ...]) -> Iterator[str]:
    wanted = re.compile(rf"^(?:{'|'.join(map(re.escape, names))})[ \t{{][^\n]*", re.MULTILINE)
    for number, match in enumerate(wanted.finditer(text)):
        if match.end() - match.start() > MAX_LINE:
            raise AskError(Reason.WRONG_SHAPE, f"a series of a mapped metric is longer than {MAX_LINE} characters")
        if number == MAX_SERIES:
            raise AskError(Reason.WRONG_SHAPE, f"the mapped metrics have more than {MAX_SERIES} series")
        yield match.group()


def _sum(values: dict[str, list[float]], name: str) -> float:
    if name not in values:
        raise AskError(Reason.WRONG_SHAPE, f"metric {name} is missing")
    return count(sum(count(value, f"a series of {name}") for value in values[name]), f"the sum of {name}")


def _newest(values: dict[str, list[float]], name: str | None, now: float) -> float | None:
    if name is None:
        return None
    if name not in values:
        raise AskError(Reason.WRONG_SHAPE, f"metric {name} is missing")
    return max(moment(value, now, f"metric {name}") for value in values[name])
