# SPDX-License-Identifier: GPL-3.0-or-later
"""What Command Center knows and shows: the metrics of the platform, staleness, totals, the overview."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from command_center.config import Config
from command_center.fleet import Fleet
from command_center.key_names import KeyNames
from command_center.outcome import Answer, AskError, Reason
from prometheus_client.parser import text_string_to_metric_families

NAMES = KeyNames(b"a secret of the tests", {"raw-1": "importer"})
CRM = {"name": "crm", "kind": "stats", "url": "http://127.0.0.1:1/"}
ROOFING = {**CRM, "name": "roofing"}
TIMEOUT = AskError(Reason.TIMEOUT, "no complete answer within 10 s")
PLATFORM_METRICS = {
    "aether_service_up",
    "aether_service_stale",
    "aether_verticals_scrape_errors",
    "aether_verticals_scrape_duration_seconds",
    "aether_platform_total_contacts",
    "aether_platform_total_deals",
    "aether_platform_total_jobs",
    "aether_platform_total_properties",
    "aether_platform_total_policies",
    "aether_platform_total_uploads",
    "aether_attribution_writes",
}


class Clock:
    now = 1_762_509_600.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A fleet of crm and roofing under a clock that the test moves."""

    def __init__(self, make_config: Callable[..., Config]) -> None:
        self.make_config = make_config
        self.clock = Clock()
        self.fleet = Fleet(self.config(), NAMES, self.clock)

    def config(self, **changes: Any) -> Config:
        return self.make_config(
            **{"verticals": [CRM, ROOFING], "interval_seconds": 15, "timeout_seconds": 10, **changes}
        )

    def answer(
        self, name: str = "crm", age: float | None = 0, writes: dict[str, float] | None = None, **totals: float
    ) -> None:
        timestamp = None if age is None else self.clock.now - age
        self.fleet.answered(name, Answer(totals, timestamp, writes or {}), 0.2)

    def series(self, name: str) -> dict[tuple[str, ...], float]:
        """Label values (but env) -> value, of the page as it is now."""
        self.clock.now += 1  # past the page that is kept
        return {
            tuple(value for label, value in sorted(sample.labels.items()) if label != "env"): sample.value
            for family in text_string_to_metric_families(self.fleet.page().decode())
            for sample in family.samples
            if sample.name == name
        }


@pytest.fixture
def watched(make_config: Callable[..., Config]) -> Watched:
    return Watched(make_config)


def test_the_page_holds_the_platforms_metrics_and_nothing_else(watched: Watched) -> None:
    watched.answer(contacts=1, writes={"raw-1": 3})
    watched.fleet.failed("roofing", TIMEOUT, 10.0)
    families = list(text_string_to_metric_families(watched.fleet.page().decode()))
    assert {family.name for family in families} == PLATFORM_METRICS
    assert len(families) == len(PLATFORM_METRICS)
    assert all(family.samples and family.documentation for family in families)
    samples = [sample for family in families for sample in family.samples]
    assert {sample.labels["env"] for sample in samples} == {"dev"}
    assert len({(sample.name, *sorted(sample.labels.items())) for sample in samples}) == len(samples)


def test_before_the_first_ask_has_ended_only_the_error_counters_are_there(watched: Watched) -> None:
    assert watched.series("aether_service_up") == {}
    assert watched.series("aether_service_stale") == {}
    assert watched.series("aether_platform_total_contacts") == {}
    assert watched.series("aether_attribution_writes_total") == {}
    errors = watched.series("aether_verticals_scrape_errors_total")
    assert len(errors) == 2 * len(Reason)
    assert set(errors.values()) == {0}


def test_up_is_the_outcome_of_the_last_ask(watched: Watched) -> None:
    watched.answer()
    watched.fleet.failed("roofing", TIMEOUT, 10.0)
    assert watched.series("aether_service_up") == {("crm",): 1, ("roofing",): 0}
    watched.answer("roofing")
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    assert watched.series("aether_service_up") == {("crm",): 0, ("roofing",): 1}


def test_errors_are_counted_by_cause(watched: Watched) -> None:
    for _ in range(2):
        watched.fleet.failed("crm", TIMEOUT, 10.0)
    watched.fleet.failed("crm", AskError(Reason.TLS, "the TLS handshake failed"), 0.1)
    errors = watched.series("aether_verticals_scrape_errors_total")
    assert {labels: value for labels, value in errors.items() if value} == {("timeout", "crm"): 2, ("tls", "crm"): 1}


def test_every_ask_is_timed_failed_ones_too(watched: Watched) -> None:
    watched.answer()
    watched.fleet.failed("crm", TIMEOUT, 10.5)
    name = "aether_verticals_scrape_duration_seconds"
    assert watched.series(f"{name}_sum") == {("crm",): pytest.approx(10.7)}
    assert watched.series(f"{name}_count") == {("crm",): 2}
    buckets = watched.series(f"{name}_bucket")
    assert (buckets["0.1", "crm"], buckets["0.25", "crm"]) == (0, 1)
    assert (buckets["10.0", "crm"], buckets["+Inf", "crm"]) == (1, 2)


def test_old_numbers_are_stale_though_the_vertical_answers(watched: Watched) -> None:
    watched.answer(age=119)
    assert watched.series("aether_service_stale") == {("crm",): 0}
    watched.clock.now += 2
    assert watched.series("aether_service_stale") == {("crm",): 1}
    watched.answer(age=0)
    assert watched.series("aether_service_stale") == {("crm",): 0}


def test_a_vertical_that_stops_answering_becomes_stale(watched: Watched) -> None:
    watched.answer(age=None)
    watched.clock.now += 110
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    assert watched.series("aether_service_stale") == {("crm",): 0}
    watched.clock.now += 10
    assert watched.series("aether_service_stale") == {("crm",): 1}


def test_a_vertical_that_never_answered_becomes_stale(watched: Watched) -> None:
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    assert watched.series("aether_service_stale") == {("crm",): 0}
    watched.clock.now += 120
    assert watched.series("aether_service_stale") == {("crm",): 1}


def test_a_clock_ahead_does_not_keep_numbers_fresh_for_longer(watched: Watched) -> None:
    watched.answer(age=-200)
    watched.clock.now += 121
    assert watched.series("aether_service_stale") == {("crm",): 1}


def test_totals_are_sums_over_the_verticals(watched: Watched) -> None:
    watched.answer("crm", contacts=5, properties=1)
    watched.answer("roofing", jobs=7, properties=2)
    values = {
        name: watched.series(f"aether_platform_total_{name}")[()]
        for name in ("contacts", "jobs", "properties", "deals")
    }
    assert values == {"contacts": 5, "jobs": 7, "properties": 3, "deals": 0}


def test_totals_wait_for_the_first_round_so_that_a_restart_looks_like_no_loss(watched: Watched) -> None:
    watched.answer("crm", contacts=5)
    assert watched.series("aether_platform_total_contacts") == {}
    watched.fleet.failed("roofing", TIMEOUT, 10.0)
    assert watched.series("aether_platform_total_contacts") == {(): 5}


def test_totals_do_not_wait_longer_than_an_interval_and_a_timeout(watched: Watched) -> None:
    watched.answer("crm", contacts=5)
    watched.clock.now += 15 + 10
    assert watched.series("aether_platform_total_contacts") == {(): 5}


def test_a_total_keeps_the_last_good_number_until_it_is_stale(watched: Watched) -> None:
    watched.answer("crm", contacts=5)
    watched.answer("roofing", contacts=2)
    watched.clock.now += 100
    watched.answer("roofing", contacts=3)
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    assert watched.series("aether_platform_total_contacts") == {(): 8}
    watched.clock.now += 20
    assert watched.series("aether_platform_total_contacts") == {(): 3}


def test_writes_are_shown_by_alias_or_digest(watched: Watched) -> None:
    watched.answer("crm", writes={"raw-1": 9, "raw-2": 4})
    watched.answer("roofing")
    digest = NAMES.label("raw-2")
    watched.series("aether_platform_total_contacts")
    assert watched.series("aether_attribution_writes_total") == {("importer",): 9, (digest,): 4, ("other",): 0}
    assert b"raw-" not in watched.fleet.page()


def test_a_page_is_kept_for_a_second(watched: Watched) -> None:
    watched.answer()
    first = watched.fleet.page()
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    assert watched.fleet.page() is first
    watched.clock.now += 1
    assert watched.fleet.page() != first


def test_a_clock_that_is_set_back_does_not_freeze_the_page(watched: Watched) -> None:
    watched.answer()
    first = watched.fleet.page()
    watched.clock.now -= 3600
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    assert watched.fleet.page() != first


def test_a_reload_keeps_what_stays_and_drops_what_goes(watched: Watched) -> None:
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    watched.fleet.failed("roofing", TIMEOUT, 10.0)
    watched.fleet.apply(
        watched.config(verticals=[{**CRM, "url": "http://127.0.0.1:2/"}, {**CRM, "name": "media"}]), NAMES
    )
    errors = watched.series("aether_verticals_scrape_errors_total")
    assert errors["timeout", "crm"] == 1
    assert {service for _, service in errors} == {"crm", "media"}
    assert watched.series("aether_service_up") == {("crm",): 0}


def test_a_new_environment_starts_every_series_anew(watched: Watched) -> None:
    watched.fleet.failed("crm", TIMEOUT, 10.0)
    watched.fleet.apply(watched.config(env="staging"), NAMES)
    assert b'env="dev"' not in watched.fleet.page()
    assert watched.series("aether_service_up") == {}


def test_the_overview_tells_of_every_vertical(watched: Watched) -> None:
    watched.answer("crm", contacts=5, writes={"raw-1": 9})
    overview = watched.fleet.overview()
    assert overview["totals"]["contacts"] is None
    watched.fleet.failed("roofing", TIMEOUT, 10.0)
    overview = watched.fleet.overview()
    assert overview["env"] == "dev"
    assert overview["totals"] == {"contacts": 5, "deals": 0, "jobs": 0, "properties": 0, "policies": 0, "uploads": 0}
    assert overview["verticals"] == [
        {
            "name": "crm",
            "kind": "stats",
            "up": True,
            "stale": False,
            "last_error": None,
            "last_success": "2025-11-07T10:00:00.000+00:00",
            "last_duration_seconds": 0.2,
            "totals": {"contacts": 5},
        },
        {
            "name": "roofing",
            "kind": "stats",
            "up": False,
            "stale": False,
            "last_error": {"reason": "timeout", "sentence": "no complete answer within 10 s"},
            "last_success": None,
            "last_duration_seconds": 10.0,
            "totals": {},
        },
    ]
    assert "raw-1" not in json.dumps(overview)


def test_an_error_is_logged_when_it_is_new_and_when_it_is_over(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(3):
        watched.fleet.failed("crm", TIMEOUT, 10.0)
    watched.fleet.failed("crm", AskError(Reason.CONNECT, "no connection"), 0.1)
    watched.answer("crm")
    watched.answer("crm")
    assert caplog.messages == [
        "crm: asking failed: timeout: no complete answer within 10 s",
        "crm: asking failed: connect: no connection",
        "crm: answers again",
    ]
