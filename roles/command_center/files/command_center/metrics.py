# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of /metrics. A vertical's lines are rendered when it was asked, so that a scrape only puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

from prometheus_client import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from .outcome import PLATFORM_TOTALS, Reason

DURATION_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))
LABELS = ("service", "env")

UP = "aether_service_up"
STALE = "aether_service_stale"
ERRORS = "aether_verticals_scrape_errors_total"
DURATION = "aether_verticals_scrape_duration_seconds"
WRITES = "aether_attribution_writes_total"


def up_family() -> GaugeMetricFamily:
    return GaugeMetricFamily(UP, "1 when the last ask of the vertical got a good answer, else 0.", labels=LABELS)


def stale_family() -> GaugeMetricFamily:
    return GaugeMetricFamily(STALE, "1 when the vertical's numbers are older than allowed, else 0.", labels=LABELS)


def errors_family() -> CounterMetricFamily:
    return CounterMetricFamily(ERRORS, "Failed asks of the vertical by cause.", labels=(*LABELS, "reason"))


def duration_family() -> HistogramMetricFamily:
    return HistogramMetricFamily(DURATION, "Time that asks of the vertical took, failed ones too.", labels=LABELS)


VERTICAL_FAMILIES = (up_family, stale_family, errors_family, duration_family)


class VerticalSeries:
    """The counters of one vertical, and its lines on /metrics by family."""

    def __init__(self, service: str, env: str) -> None:
        self._labels = (service, env)
        self._errors = dict.fromkeys(Reason, 0)
        self._buckets = [0] * len(DURATION_BUCKETS)
        self._duration_sum = 0.0
        self._lines: dict[str, str] = {}
        self._stale: bool | None = None
        self._render_errors()  # at 0 before the first error, or rate() would not see that one

    def record(self, duration: float, failed_by: Reason | None) -> None:
        """Count one ended ask. duration: seconds."""
        self._buckets[next(i for i, bound in enumerate(DURATION_BUCKETS) if duration <= bound)] += 1
        self._duration_sum += duration
        bounds = map(floatToGoString, DURATION_BUCKETS)
        histogram = duration_family()
        histogram.add_metric(self._labels, list(zip(bounds, accumulate(self._buckets))), self._duration_sum)
        self._lines[DURATION] = _lines(histogram)
        up = up_family()
        up.add_metric(self._labels, 0 if failed_by else 1)
        self._lines[UP] = _lines(up)
        if failed_by:
            self._errors[failed_by] += 1
            self._render_errors()

    def set_stale(self, stale: bool) -> None:
        if stale is not self._stale:
            self._stale = stale
            family = stale_family()
            family.add_metric(self._labels, stale)
            self._lines[STALE] = _lines(family)

    def lines(self, family: str) -> str:
        return self._lines.get(family, "")

    def _render_errors(self) -> None:
        errors = errors_family()
        for reason, number in self._errors.items():
            errors.add_metric((*self._labels, reason.value), number)
        self._lines[ERRORS] = _lines(errors)


def page(
    env: str, verticals: Iterable[VerticalSeries], totals: Mapping[str, float], writes: Mapping[str, float]
) -> bytes:
    """Put the whole page together. Without totals (before the first round of asks) they have no series."""
    all_series = list(verticals)
    parts: list[str] = []
    for make in VERTICAL_FAMILIES:
        header = _text(make())
        name = header.split(" ", 3)[2]  # "# HELP <name> ..."
        parts += [header, *(series.lines(name) for series in all_series)]
    for total in PLATFORM_TOTALS:
        gauge = GaugeMetricFamily(
            f"aether_platform_total_{total}", f"Sum of {total} over all verticals.", labels=["env"]
        )
        if total in totals:
            gauge.add_metric([env], totals[total])
        parts.append(_text(gauge))
    counter = CounterMetricFamily(WRITES, "Writes by API key, shown as alias or keyed digest.", labels=["key", "env"])
    for key, number in writes.items():
        counter.add_metric([key, env], number)
    parts.append(_text(counter))
    return "".join(parts).encode()


class _One(Collector):
    """Hands one family to the client library's text writer."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterable[Metric]:
        return [self._family]


def _text(family: Metric) -> str:
    return generate_latest(_One(family)).decode()


def _lines(family: Metric) -> str:
    """The family's text without the HELP and TYPE lines, which are written once for all verticals."""
    return _text(family).split("\n", 2)[2]
