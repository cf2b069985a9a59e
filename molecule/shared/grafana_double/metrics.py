# SPDX-License-Identifier: GPL-3.0-or-later
"""The double's own metrics, under Grafana's names, in the text format of Prometheus."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from .release import Release

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
_DURATION = "grafana_http_request_duration_seconds"
_Key = tuple[str, str, int]  # handler, method, status


class Metrics:
    def __init__(self, release: Release, count_dashboards: Callable[[], int]) -> None:
        self._release, self._count_dashboards = release, count_dashboards
        self._lock = threading.Lock()
        self._durations: dict[_Key, list[float]] = {}  # one count each bucket, then sum and count
        self._started = time.time()

    def observe(self, handler: str, method: str, status: int, seconds: float) -> None:
        with self._lock:
            row = self._durations.setdefault((handler, method, status), [0.0] * (len(_BUCKETS) + 2))
            for index, bound in enumerate(_BUCKETS):
                row[index] += seconds <= bound
            row[-2] += seconds
            row[-1] += 1

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        labels = (
            f'branch="double",edition="test-double",revision="{self._release.commit}",version="{self._release.version}"'
        )
        yield from _gauge("grafana_build_info", "Which version this is; a test double of it.", f"{{{labels}}} 1")
        dashboards = self._count_dashboards()
        yield from _gauge("grafana_stat_totals_dashboard", "Number of dashboards.", f" {dashboards}")
        yield from _gauge("grafana_stat_total_users", "Number of users.", " 1")
        yield from _gauge("process_start_time_seconds", "When the process started.", f" {self._started:.3f}")
        yield f"# HELP {_DURATION} Seconds until requests were answered."
        yield f"# TYPE {_DURATION} histogram"
        with self._lock:
            rows = {key: list(row) for key, row in self._durations.items()}
        for (handler, method, status), row in sorted(rows.items()):
            labels = f'handler="{handler}",method="{method}",status_code="{status}"'
            for bound, count in zip((*_BUCKETS, "+Inf"), (*row[:-2], row[-1])):
                yield f'{_DURATION}_bucket{{{labels},le="{bound}"}} {count:.0f}'
            yield f"{_DURATION}_sum{{{labels}}} {row[-2]:.6f}"
            yield f"{_DURATION}_count{{{labels}}} {row[-1]:.0f}"


def _gauge(name: str, help_: str, value: str) -> list[str]:
    return [f"# HELP {name} {help_}", f"# TYPE {name} gauge", f"{name}{value}"]
