# SPDX-License-Identifier: GPL-3.0-or-later
"""After a rollback deploys leave the component alone, until somebody says otherwise."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.hold import sentence


@pytest.fixture
def held(host):
    host.deploy("one\n")
    host.deploy("two\n")
    host.rollback("it pages everybody")
    return host


def test_a_held_component_is_left_alone_by_a_deploy_and_its_plan(held):
    outcome = held.deploy("three\n")

    assert not outcome.changed and held.service.state["running"] == "one\n"
    assert not held.engine().plan().pending
    assert not held.engine().rehearse().changed


def test_it_says_who_when_and_why_and_the_way_out(held):
    told = sentence(held.store, held.deploy("three\n").held)

    left, target = held.store.all()[1].id, held.active.id
    assert told.startswith(f"app is held, and left alone: bob@controller rolled it back from {left} to {target} at 20")
    assert told.endswith("because: it pages everybody. To deploy it again, add -e unhold=true.")


def test_unhold_deploys_and_lifts_the_hold(held):
    assert held.deploy("three\n", unhold=True).changed
    assert held.deploy("four\n").changed


def test_unhold_lifts_the_hold_where_nothing_else_is_to_do(held):
    outcome = held.deploy("one\n", unhold=True)

    assert (outcome.changed, outcome.action, outcome.reasons) == (True, "none", ["the hold is lifted"])
    assert held.store.journal.hold() is None
    assert not held.deploy("one\n", unhold=True).changed


def test_a_deploy_that_fails_does_not_lift_it(held):
    held.failure("refuse-reload\n", unhold=True)

    assert held.active.id.startswith("0001") and not held.deploy("three\n").changed


def test_without_hold_the_next_deploy_goes_forward(host):
    host.deploy("one\n")
    host.deploy("two\n")
    host.rollback(hold=False)

    assert host.deploy("two\n").changed and host.service.state["running"] == "two\n"


def test_a_rollback_that_fails_leaves_an_earlier_hold(held):
    held.deploy("three\n", unhold=True)
    held.rollback("the first reason")
    held.service.reload = lambda: None

    with pytest.raises(ReleaseError):
        held.rollback("the second reason", to="0003")

    assert held.store.journal.hold()["why"] == "the first reason"


def test_that_leaves_who_held_it_and_since_when(held):
    before = held.store.journal.hold()
    held.service.reload = lambda: None

    with pytest.raises(ReleaseError):
        held.rollback("the second reason", to="0002")

    after = held.store.journal.hold()
    assert [after[name] for name in ("by", "since", "why", "done")] == [
        before["by"],
        before["since"],
        before["why"],
        True,
    ]


def test_a_rollback_that_does_not_hold_lifts_an_earlier_hold(held):
    held.rollback("forth again", to="0002", hold=False)

    assert held.store.journal.hold() is None


@pytest.mark.parametrize("hold", [True, False])
def test_the_same_rollback_again_may_say_otherwise_about_holding(host, hold):
    host.deploy("one\n")
    host.deploy("two\n")
    host.rollback(hold=not hold)

    again = host.rollback(hold=hold)

    assert (again.changed, again.action, bool(host.store.journal.hold())) == (True, "none", hold)
    assert not host.rollback(hold=hold).changed


def test_a_rollback_that_was_cut_short_is_told_as_such(held):
    journal = held.store.journal
    journal.append("held", held.store.all()[1].id, by="bob@controller", left="", why="bad", part="rules")

    told = sentence(held.store, journal.hold())

    assert "bob@controller began to roll its rules back to 0002-" in told
    assert "because: bad. That was cut short: roll back again with the same reason." in told


def test_a_deploy_that_was_cut_short_since_is_told_as_such(held):
    held.store.journal.append("switching", "0003-cccccccc", by="carol@controller", previous=held.active.id)

    told = sentence(held.store, held.store.journal.hold())

    assert "rolled it back" in told and "A deploy of 0003-cccccccc since was cut short." in told
