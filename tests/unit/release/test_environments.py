# SPDX-License-Identifier: GPL-3.0-or-later
"""A host is of one environment: an inventory of another is refused, and a rollback does not lead there either."""

from __future__ import annotations

import json

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

REFUSAL = (
    "this host runs {0} of {1}, but the inventory says that aether_env is staging: run the inventory of {1}, or, where "
    "the host really moves to staging, once with -e move_environment=true"
)


def neighbour(host, environment: str, name: str = "aaa") -> None:
    """Another component on the host, as its own deploy leaves it."""
    releases = host.root / "opt" / name / "releases" / "0001-00000000"
    releases.mkdir(parents=True)
    (releases / "release.json").write_text(json.dumps({"environment": environment}))
    (host.root / "opt" / name / "current").symlink_to("releases/0001-00000000")


@pytest.mark.parametrize("step", ["plan", "rehearse", "apply"])
def test_the_inventory_of_another_environment_is_refused_in_every_step(host, step):
    host.deploy()
    events = host.events

    with pytest.raises(ReleaseError) as caught:
        getattr(host.engine(environment="staging", files={"app.conf": "two\n"}), step)()

    assert str(caught.value) == REFUSAL.format("app", "dev")
    assert host.events == events and host.active.meta["environment"] == "dev"
    assert host.service.calls == ["restart"]  # of the deploy


@pytest.mark.parametrize("step", ["plan", "rehearse", "apply"])
def test_the_component_of_another_environment_need_not_be_this_one(host, step):
    neighbour(host, "prod")

    with pytest.raises(ReleaseError) as caught:
        getattr(host.engine(environment="staging"), step)()

    assert str(caught.value) == REFUSAL.format("aaa", "prod")
    assert host.store.all() == []


def test_a_host_moves_where_that_is_said(host):
    neighbour(host, "dev")
    host.deploy()

    assert host.deploy(environment="staging", move_environment=True).changed
    assert host.active.meta["environment"] == "staging"
    assert not host.deploy(move_environment=True).changed


def test_a_new_host_and_one_of_the_same_environment_are_no_matter(host):
    assert host.deploy().changed
    neighbour(host, "dev")
    assert host.deploy("two\n").changed


@pytest.mark.parametrize("text", ["{", "[]", "{}", "null"])
def test_a_damaged_record_of_a_neighbour_stops_nothing(host, text):
    neighbour(host, "prod")
    (host.root / "opt" / "aaa" / "current" / "release.json").write_text(text)

    assert host.deploy().changed


# Rollbacks


@pytest.fixture
def moved(host):
    """A release of dev, one of staging."""
    host.deploy()
    host.deploy("two\n", environment="staging", move_environment=True)
    return host


@pytest.mark.parametrize("to", ["", "0001"])
def test_a_rollback_does_not_lead_into_another_environment(moved, to):
    first = moved.store.all()[0].id

    assert moved.refusal(to=to) == (
        f"release {first} of app is of dev, and this host is of staging now: deploy a mended inventory with site.yml "
        "instead"
    )


def test_the_way_out_names_only_releases_of_the_same_environment(moved):
    moved.deploy("three\n")
    first, second, _ = (release.id for release in moved.store.all())

    refusal = moved.refusal(to="0001")
    assert f"name one with -e release=ID of {second} (1.0, " in refusal and refusal.count(first) == 1
    assert moved.rollback().release == second


def test_a_part_of_another_environment_does_not_come_back(host):
    parts = {"routing": {"files": ["app.conf"]}}
    host.deploy(parts=parts)
    host.deploy("two\n", environment="staging", move_environment=True, parts=parts)

    assert "is of dev, and this host is of staging now: " in host.refusal(part="routing", to="0001")


def test_a_rollback_goes_on_while_the_other_components_are_still_to_be_moved(moved):
    moved.deploy("three\n")
    neighbour(moved, "dev")

    assert moved.rollback().release[:4] == "0002"


def test_so_does_the_rollback_of_a_part(host):
    parts = {"routing": {"files": ["app.conf"]}}
    host.deploy(parts=parts)
    host.deploy("two\n", parts=parts)
    neighbour(host, "staging")

    host.rollback(part="routing")

    assert host.service.state["running"] == "one\n"


def test_what_a_host_that_moved_still_has_of_before_stops_nothing_that_moved(host):
    neighbour(host, "prod")
    host.deploy(move_environment=True)

    assert host.deploy("two\n").changed
