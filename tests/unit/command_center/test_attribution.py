# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of writes out of snapshots that fall and vanish."""

from __future__ import annotations

from command_center.attribution import MAX_KEYS, Attribution
from command_center.key_names import KeyNames

NAMES = KeyNames(b"a secret of the tests", {"raw-a": "alice", "raw-b": "bob", "raw-b2": "bob"})


class Counters:
    """An Attribution with its settings filled in."""

    def __init__(self, top_keys: int = 20, settled: bool = True) -> None:
        self.top_keys = top_keys
        self.attribution = Attribution()
        if settled:
            self.attribution.settle(top_keys)

    def see(self, vertical: str = "crm", **writes: float) -> dict[str, float]:
        self.attribution.add(vertical, {key.replace("_", "-"): n for key, n in writes.items()}, NAMES, self.top_keys)
        return self.attribution.series()


def test_a_key_counts_in_full_at_first_sight_and_by_its_rise_from_then_on() -> None:
    counters = Counters()
    assert counters.see(raw_a=9)["alice"] == 9
    assert counters.see(raw_a=11)["alice"] == 11


def test_a_fall_lowers_the_baseline_and_not_the_counter() -> None:
    counters = Counters()
    counters.see(raw_a=9)
    assert counters.see(raw_a=2)["alice"] == 9
    assert counters.see(raw_a=5)["alice"] == 12


def test_a_key_that_leaves_the_top_three_keeps_its_baseline() -> None:
    counters = Counters()
    counters.see(raw_a=9)
    assert counters.see(raw_b=10) == {"alice": 9, "bob": 10, "other": 0}
    assert counters.see(raw_a=12)["alice"] == 12


def test_a_key_counts_for_each_vertical_on_its_own() -> None:
    counters = Counters()
    counters.see("crm", raw_a=9)
    assert counters.see("roofing", raw_a=4)["alice"] == 13


def test_two_keys_with_one_alias_are_one_series() -> None:
    assert Counters().see(raw_b=1, raw_b2=2)["bob"] == 3


def test_a_key_without_alias_is_shown_by_its_digest() -> None:
    labels = set(Counters().see(raw_c=1)) - {"other"}
    assert labels == {NAMES.label("raw-c")}
    assert "raw-c" not in labels


def test_keys_past_the_top_are_counted_in_other() -> None:
    counters = Counters(top_keys=1)
    assert counters.see(raw_a=1, raw_b=5) == {"bob": 5, "other": 1}
    assert counters.see(raw_a=9, raw_b=4) == {"bob": 5, "other": 9}


def test_the_top_keys_are_those_of_the_first_round_over_all_verticals() -> None:
    counters = Counters(top_keys=1, settled=False)
    assert counters.see("crm", raw_a=5) == {}
    assert counters.see("roofing", raw_b=9) == {}
    counters.attribution.settle(1)
    assert counters.attribution.series() == {"bob": 9, "other": 5}


def test_a_series_once_there_stays_even_when_fewer_are_wanted() -> None:
    counters = Counters(top_keys=2)
    counters.see(raw_a=1, raw_b=5)
    counters.top_keys = 0
    assert counters.see(raw_a=2, raw_b=6, raw_c=1) == {"alice": 2, "bob": 6, "other": 1}


def test_with_no_top_keys_everything_is_other() -> None:
    assert Counters(top_keys=0).see(raw_a=1, raw_b=5) == {"other": 6}


def test_keys_past_the_remembered_ones_are_followed_as_one_sum() -> None:
    counters = Counters(top_keys=0)
    many = {f"raw{n}": 10.0 for n in range(MAX_KEYS + 50)}
    assert counters.see(**many) == {"other": 10 * (MAX_KEYS + 50)}
    assert counters.see(**many) == {"other": 10 * (MAX_KEYS + 50)}
    more = {key: 11.0 for key in many}
    assert counters.see(**more) == {"other": 11 * (MAX_KEYS + 50)}


def test_keys_past_the_remembered_ones_that_vanish_and_return_are_not_counted_again() -> None:
    counters = Counters(top_keys=0)
    many = {f"raw{n}": 10.0 for n in range(MAX_KEYS + 50)}
    for _ in range(3):
        assert counters.see(**many) == {"other": 10 * (MAX_KEYS + 50)}
        counters.see(raw0=10.0)


def test_a_new_alias_shows_even_when_all_series_are_taken() -> None:
    attribution = Attribution()
    attribution.settle(1)
    attribution.add("crm", {"raw-c": 5}, NAMES, 1)
    attribution.add("crm", {"raw-c": 7, "raw-d": 3}, KeyNames(b"a secret of the tests", {"raw-c": "carol"}), 1)
    assert attribution.series() == {NAMES.label("raw-c"): 5, "carol": 2, "other": 3}


def test_new_keys_in_every_answer_do_not_fill_the_memory() -> None:
    counters = Counters(top_keys=5)
    for answer in range(100):
        series = counters.see(**{f"raw{answer}x{n}": 1.0 for n in range(100)})
    assert len(series) == 6
    assert len(counters.attribution._baselines["crm"].by_key) == MAX_KEYS


def test_counters_never_fall_whatever_comes() -> None:
    counters = Counters(top_keys=2)
    last: dict[str, float] = {}
    for step in range(200):
        now = counters.see(raw_a=step * 37 % 50, raw_b=step * 11 % 70, **{f"raw{step % 7}": step % 13})
        assert all(now[label] >= value for label, value in last.items())
        last = now
