# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with what Grafana answers to a panel's queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from . import units
from .frames import Series, refused, series
from .panels import Answer, Panel

LIMIT = 1.0  # seconds that a panel may take
_RANGES = {"percentunit": 1.0, "percent": 100.0}
_SLACK = 1e-9  # of computing with floats


def judge(panel: Panel, answer: Answer, envs: Collection[str] = (), limit: float = LIMIT) -> list[str]:
    """One phrase each problem; none when the panel shows data as it should.

    envs: the environments that series may be of; empty for any.
    """
    problems = []
    for query in panel.queries:
        reference = query["refId"]
        result = answer.results.get(reference)
        if result is None:
            problems.append(f"query {reference} has no answer")
        elif cause := refused(result):
            problems.append(f"query {reference} fails: {cause}")
        else:
            found = series(result)
            problems += [f"query {reference} {problem}" for problem in _of_query(panel, query, found, envs)]
    if answer.seconds > limit:
        problems.append(f"takes {answer.seconds:.2f} s, more than {limit:g} s")
    return problems


def _of_query(panel: Panel, query: Mapping[str, Any], found: list[Series], envs: Collection[str]) -> list[str]:
    if not any(one.numbers for one in found):
        return ["gives only empty values" if found else "gives no data"]
    units_ = _units(panel.definition, query)
    problems = [_of_unit(units_, query), _of_range(units_, found), *_of_env(found, envs)]
    return [problem for problem in problems if problem]


def _of_env(found: list[Series], envs: Collection[str]) -> list[str]:
    seen = {one.labels.get("env", "") for one in found}
    problems = ["has a series without env"] if "" in seen else []
    odd = sorted(seen - {"", *envs}) if envs else []
    return [*problems, *(f"has series of env {env}" for env in odd)]


def _of_unit(units_: list[str], query: Mapping[str, Any]) -> str:
    measured = units.measures(str(query.get("expr") or ""))
    if measured is None or any(unit and not units.misfit(measured, unit) for unit in units_):
        return ""
    if measured == units.COUNT and units_ == [""]:
        return ""  # Grafana shows a bare number, which a count is
    return f"measures {measured}, which the unit {units_[0] or '(none)'} does not fit"


def _of_range(units_: list[str], found: list[Series]) -> str:
    if len(units_) != 1 or units_[0] not in _RANGES:
        return ""
    most = _RANGES[units_[0]]
    values = [value for one in found for value in one.numbers]
    if min(values) < -_SLACK or max(values) > most * (1 + _SLACK):
        return f"gives {min(values):g} to {max(values):g}, but the unit {units_[0]} is for 0 to {most:g}"
    return ""


def _units(definition: Mapping[str, Any], query: Mapping[str, Any]) -> list[str]:
    """The unit that the query's values are shown in; all of the panel's where it cannot be told which."""
    config = definition.get("fieldConfig") or {}
    default = str((config.get("defaults") or {}).get("unit") or "")
    overrides = [
        (one.get("matcher") or {}, str(p.get("value") or ""))
        for one in config.get("overrides") or []
        for p in one.get("properties") or []
        if p.get("id") == "unit"
    ]
    names = {query["refId"], f"Value #{query['refId']}", query.get("legendFormat")}
    own = [unit for matcher, unit in overrides if matcher.get("options") in names]
    return own[-1:] or list(dict.fromkeys([default, *(unit for _unused, unit in overrides)]))
