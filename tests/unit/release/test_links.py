# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that stay the same over releases: one link for each file, through `current`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

ONE = {"app.conf": "one\n", "boards/Fleet/a.json": "a1", "boards/b.json": "b1"}
TWO = {"app.conf": "two\n", "boards/Fleet/a.json": "a2", "boards/c.json": "c2"}


def shown(host: Any) -> dict[str, str]:
    """Text by path below links/, as a program reads it, without what is made there."""
    root = host.store.home / "links"
    found = {str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}
    return {name: text for name, text in found.items() if name != "boards/forget"}


def test_each_file_of_a_linked_folder_is_a_link_through_current(host: Any) -> None:
    host.deploy(files=ONE, linked=["boards"])

    assert shown(host) == {"boards/Fleet/a.json": "a1", "boards/b.json": "b1"}
    assert os.readlink(host.store.home / "links/boards/b.json") == str(host.store.current / "etc/boards/b.json")
    assert not (host.store.home / "links/boards/Fleet").is_symlink()  # a program that does not follow folders finds it


def test_what_left_is_gone_and_what_came_is_there(host: Any) -> None:
    host.deploy(files=ONE, linked=["boards"])
    host.deploy(files=TWO, linked=["boards"])

    assert shown(host) == {"boards/Fleet/a.json": "a2", "boards/c.json": "c2"}


def test_a_switch_back_brings_the_names_back_too(host: Any) -> None:
    host.deploy(files=ONE, linked=["boards"])
    with pytest.raises(ReleaseError, match="was switched back"):
        host.deploy(files={**TWO, "app.conf": "refuse-reload"}, linked=["boards"])

    assert shown(host) == {"boards/Fleet/a.json": "a1", "boards/b.json": "b1"}


def test_a_folder_that_is_linked_no_more_leaves_nothing(host: Any) -> None:
    host.deploy(files=ONE, linked=["boards"])
    host.deploy(files=TWO, linked=[])

    assert shown(host) == {}


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda root: (root / "boards/b.json").unlink(), "links/boards/b.json does not lead to the active release"),
        (lambda root: (root / "boards/z.json").write_text("z"), "links/boards/z.json is no longer wanted"),
    ],
)
def test_a_change_behind_our_back_is_seen_and_mended(host: Any, harm: Any, reason: str) -> None:
    host.deploy(files=ONE, linked=["boards"])
    before = shown(host)
    root: Path = host.store.home / "links"
    harm(root)

    outcome = host.deploy()

    assert [r for r in outcome.reasons if r.endswith(reason)]
    assert shown(host) == before
    assert host.deploy().changed is False


def test_what_was_to_be_forgotten_is_told_until_the_release_is_healthy(host: Any) -> None:
    told = []
    reload = host.service.reload

    def see() -> None:
        told.append((host.store.home / "links/boards/forget").read_text())
        reload()

    host.deploy(files=ONE, linked=["boards"])
    first = host.active.id
    host.service.reload = see
    host.deploy(files=TWO, linked=["boards"])

    assert told == [first]
    assert (host.store.home / "links/boards/forget").read_text() == ""


def test_pruning_makes_no_change(host: Any) -> None:
    for text in ("1", "2", "3", "4"):
        host.deploy(files={**ONE, "app.conf": text}, linked=["boards"], keep=2)

    assert host.deploy().changed is False


def test_a_folder_whose_last_file_left_stays(host: Any) -> None:
    host.deploy(files=ONE, linked=["boards"])
    host.deploy(files={"app.conf": "one"}, linked=["boards"])

    assert shown(host) == {}
    assert (host.store.home / "links/boards").is_dir()
