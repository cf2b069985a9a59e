# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a PromQL expression measures, as far as its names tell, and which of Grafana's units fit that.

A table, not a parser: where the expression does arithmetic or the names tell nothing, the answer is that it is unknown.
"""

from __future__ import annotations

import re
from typing import Optional

COUNT, PER_SECOND, SECONDS, BYTES, BYTES_PER_SECOND, RATIO = (
    "a count",
    "a rate per second",
    "seconds",
    "bytes",
    "bytes per second",
    "a ratio",
)
DATE_SECONDS, DATE_MS = "a time in seconds since 1970", "a time in milliseconds since 1970"

_DATES = ("dateTimeAsIso", "dateTimeAsIsoNoDateIfToday", "dateTimeAsUS", "dateTimeAsLocal", "dateTimeFromNow")
_PLAIN = ("none", "short", "locale", "sishort")
FITS: dict[str, tuple[str, ...]] = {
    COUNT: _PLAIN,
    PER_SECOND: ("ops", "reqps", "rps", "wps", "cps", "iops", "eps", "mps", "recps", "rowsps", "hertz", "pps", *_PLAIN),
    SECONDS: ("s", "dtdurations", "dthms", "dtdhms", "clocks"),
    BYTES: ("bytes", "decbytes"),
    BYTES_PER_SECOND: ("Bps", "binBps"),
    RATIO: ("percentunit",),
    DATE_SECONDS: (),  # Grafana's dates are milliseconds: a time in seconds would be shown as January 1970
    DATE_MS: _DATES,
}
_CUSTOM = (
    "suffix:",
    "prefix:",
    "si:",
    "count:",
    "currency:",
    "bool:",
    "time:",
)  # a person's own; nothing to hold it to
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)", re.IGNORECASE)
_NAME = re.compile(r"[a-zA-Z_:][\w:]*")
_WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan", "by", "without", "atan2"}
# What these give is no longer what went in, or may be anything.
_OPAQUE = {"count", "count_values", "group", "absent", "absent_over_time", "count_over_time", "present_over_time"} | {
    *("timestamp", "changes", "resets", "sgn", "scalar", "vector", "stdvar", "stdvar_over_time", "ln", "log2", "log10"),
    *(
        "exp",
        "sqrt",
        "deriv",
        "predict_linear",
        "histogram_count",
        "histogram_sum",
        "histogram_fraction",
        "label_replace",
    ),
    *(
        "delta",
        "idelta",
        "day_of_week",
        "hour",
        "minute",
        "month",
        "year",
        "day_of_month",
        "days_in_month",
        "day_of_year",
    ),
}


def measures(expression: str) -> str | None:
    """One of the constants above; None when it is unknown."""
    text = _bare(expression)
    if re.search(r"==|!=|[<>]|\bbool\b|\b(?:and|unless)\b", text):
        return None
    if found := re.fullmatch(r"(?P<dates>.*)\*\s*1000\b[\s)]*", text):
        return DATE_MS if _of_names(found["dates"]) == DATE_SECONDS else None
    if re.match(r"[\s(]*time\s*\(\s*\)\s*-", text):
        return SECONDS if _of_names(text.partition("-")[2]) == DATE_SECONDS else None
    if found := re.fullmatch(r"([^/]*)/([^/]*)", text):
        return _of_quotient(found[1], found[2])
    return _of_names(text)


def misfit(measured: str, unit: str) -> bool:
    return unit not in FITS[measured] and not unit.startswith(_CUSTOM)


def _bare(expression: str) -> str:
    """The first side of an `or`, without strings, label matchers, ranges and grouping."""
    text = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`', "", expression)
    text = re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", text)
    text = _CLAUSE.sub("", text)
    depth = 0
    for found in re.finditer(r"[()]|\bor\b", text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if found[0] == "or" and depth == 0:
            return text[: found.start()]
    return text


def _of_names(text: str) -> str | None:
    text = _NUMBER.sub("", text)
    if re.search(r"[*/%^+-]", text):
        return None
    functions = {found[1] for found in re.finditer(r"([a-zA-Z_]\w*)\s*\(", text)}
    names = [n for n in _NAME.findall(text) if n not in _WORDS and n not in functions]
    if not names or functions & _OPAQUE:
        return None
    kinds = {_of_metric(name, functions) for name in names}
    return kinds.pop() if len(kinds) == 1 else None


def _of_quotient(above: str, below: str) -> str | None:
    """A mean is what its sum measures."""
    over = re.search(r"\b([a-zA-Z_:][\w:]*)_sum\b", above)
    if over and re.search(rf"\b{re.escape(over[1])}_count\b", below) and not re.search(r"[*%^+]", above + below):
        return _of_metric(over[1], set())
    return None


# What a name says, by how it ends; the first that matches. None: it could be either of two.
_Table = tuple[tuple[str, Optional[str]], ...]
_BY_RATE: _Table = (
    (r"_seconds(_total|_sum)?$", None),  # seconds each second: a share of time, or a part of a mean
    (r"_bytes(_total|_sum)?$", BYTES_PER_SECOND),
    (r"_sum$", None),
    (r"", PER_SECOND),
)
_BY_INCREASE: _Table = (
    (r"(_seconds|_bytes)_(total|count)$", None),
    (r"_(total|count)$", COUNT),
)
_BY_VALUE: _Table = (
    (r"_(timestamp|start_time|boot_time)_seconds$", DATE_SECONDS),
    (r"_time_seconds$", None),  # a date or a span
    (r"_seconds(_bucket|_sum)?$", SECONDS),
    (r"_bytes(_bucket|_sum)?$", BYTES),
    (r"_ratio$", RATIO),
)
_BY_OPERATIONS: _Table = (  # of a recording rule, level:metric:operations
    (r"^ratio|_ratio", RATIO),
    (r"^(count|group)(_|$)", COUNT),
)


def _of_metric(name: str, functions: set[str]) -> str | None:
    level_metric_operations = name.split(":")
    if len(level_metric_operations) == 3:
        _unused, name, operations = level_metric_operations
        functions = functions | set(re.findall(r"(?:^|_)(rate|increase)(?=\d)", operations))
        if kind := _first(_BY_OPERATIONS, operations):
            return kind
    if "histogram_quantile" in functions:
        return _first(_BY_VALUE, name)
    if functions & {"rate", "irate"}:
        return _first(_BY_RATE, name)
    if "increase" in functions:
        return _first(_BY_INCREASE, name)
    return _first(_BY_VALUE, name)


def _first(table: _Table, text: str) -> str | None:
    return next((kind for pattern, kind in table if re.search(pattern, text)), None)
