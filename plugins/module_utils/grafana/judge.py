# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with what Grafana answers to a panel's queries."""

from __future__ import annotations

from collections.abc import Collection

from .frames import Series, refused, series
from .panels import Answer, Panel

LIMIT = 1.0  # seconds that a panel may take


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
            problems += [f"query {reference} {problem}" for problem in _of_query(found, envs)]
    if answer.seconds > limit:
        problems.append(f"takes {answer.seconds:.2f} s, more than {limit:g} s")
    return problems


def _of_query(found: list[Series], envs: Collection[str]) -> list[str]:
    if not any(one.numbers for one in found):
        return ["gives only empty values" if found else "gives no data"]
    return _of_env(found, envs)


def _of_env(found: list[Series], envs: Collection[str]) -> list[str]:
    seen = {one.labels.get("env", "") for one in found}
    problems = ["has a series without env"] if "" in seen else []
    odd = sorted(seen - {"", *envs}) if envs else []
    return [*problems, *(f"has series of env {env}" for env in odd)]
