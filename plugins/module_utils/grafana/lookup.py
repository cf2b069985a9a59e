# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values of query variables, asked of Prometheus through Grafana.

Grafana's page asks Prometheus' metadata (`resources/api/v1/label/...`); here it is an instant query that gives the
same, so that what is asked takes the way that panels take.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .api import Grafana, GrafanaError
from .frames import refused, series

_LABEL_VALUES = re.compile(r"label_values\(\s*(?:(?P<selector>.+?)\s*,\s*)?(?P<label>[\w:]+)\s*\)", re.DOTALL)
_QUERY_RESULT = re.compile(r"query_result\((?P<query>.+)\)", re.DOTALL)
_METRICS = re.compile(r"metrics\((?P<regex>.*)\)", re.DOTALL)


class Lookup:
    """Callable as a variables.Lookup. start, end: the dashboard's time range in ms, in which values are looked for."""

    def __init__(self, grafana: Grafana, start: int, end: int) -> None:
        self._grafana, self._start, self._end = grafana, start, end

    def __call__(self, query: str, source: str) -> list[str]:
        query = query.strip()
        if found := _LABEL_VALUES.fullmatch(query):
            selector = found["selector"] or f'{{{found["label"]}!=""}}'
            return self._labels(f"count by ({found['label']}) ({self._ever(selector)})", found["label"], source)
        if found := _METRICS.fullmatch(query):
            selector = self._ever(f'{{__name__=~".*({found["regex"]}).*"}}')
            # last_over_time keeps the name, count by (__name__) shows it.
            return self._labels(f"count by (__name__) ({selector})", "__name__", source)
        if found := _QUERY_RESULT.fullmatch(query):
            return [_as_text(labels, value) for labels, value in self._ask(found["query"], source)]
        raise GrafanaError(f"the query of a variable is not understood: {query}.")

    def _ever(self, selector: str) -> str:
        """The series of the selector that there were in the time range, as Grafana's page looks for them."""
        return f"last_over_time({selector}[{math.ceil((self._end - self._start) / 1000)}s])"

    def _labels(self, expression: str, label: str, source: str) -> list[str]:
        return sorted(labels[label] for labels, _unused in self._ask(expression, source) if labels.get(label))

    def _ask(self, expression: str, source: str) -> list[tuple[dict[str, str], Any]]:
        query = {
            "refId": "A",
            "datasource": {"type": "prometheus", "uid": source},
            "expr": expression,
            "instant": True,
            "range": False,
            "format": "time_series",
            "intervalMs": 15_000,
            "maxDataPoints": 1000,
        }
        result = self._grafana.query([query], self._start, self._end).get("A") or {}
        if cause := refused(result):
            raise GrafanaError(f"the values of a variable ({expression}) cannot be looked up: {cause}.")
        return [(one.labels, one.values[-1] if one.values else None) for one in series(result)]


def _as_text(labels: Mapping[str, str], value: Any) -> str:
    """What the page makes of a series, for the variable's regular expression: `name{label="value"} 1 0`."""
    inner = ",".join(f'{name}="{v}"' for name, v in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{inner}}} {value} 0"
