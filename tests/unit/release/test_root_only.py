# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a release that are there for root alone, such as a password that only a deploy asks with."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from .conftest import GROUP

OTHER_GROUP = "daemon" if os.geteuid() == 0 else GROUP  # only root can give a file to another group
TOKEN, CONFIG = "etc/secrets/token", "etc/app.conf"


@pytest.fixture
def deployed(host):
    host.settings = replace(host.settings, checks=[])  # that group's user cannot enter pytest's directories
    host.deploy(root_only=["secrets/token"], group=OTHER_GROUP)
    return host


def access(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


def test_they_are_roots_and_all_others_the_services(deployed):
    gid = (deployed.active.path / CONFIG).stat().st_gid

    assert access(deployed.active.path / TOKEN) == (0o600, os.geteuid(), os.getegid())
    assert access(deployed.active.path / CONFIG) == (0o640, os.geteuid(), gid)
    assert (gid != os.getegid()) == (os.geteuid() == 0)
    assert deployed.active.meta["root_only"] == ["secrets/token"]
    assert not deployed.deploy().changed


@pytest.mark.parametrize(("name", "mode"), [(TOKEN, 0o640), (TOKEN, 0o644), (CONFIG, 0o600)])
def test_another_mode_is_found_and_mended(deployed, name, mode):
    (deployed.active.path / name).chmod(mode)

    done = deployed.deploy()

    assert done.changed and f"owner or mode of {name} was changed on the host" in " ".join(done.reasons)
    assert access(deployed.active.path / TOKEN) == (0o600, os.geteuid(), os.getegid())


def test_it_is_another_release_whether_a_file_is_roots_alone(deployed):
    before = deployed.active.digest

    assert deployed.deploy(root_only=[]).changed
    assert deployed.active.digest != before
    assert stat.S_IMODE((deployed.active.path / TOKEN).stat().st_mode) == 0o640


def test_releases_from_before_there_were_any_are_the_same_releases(host):
    """Else the first deploy after an update of the collection would restart everything."""
    with_none = host.wanted.digest("1.0")
    host.deploy()

    assert host.active.digest == with_none
    assert not host.deploy(root_only=[]).changed


@pytest.mark.parametrize("ask", [{}, {"part": "routing"}])
def test_a_rollback_keeps_them_roots(deployed, ask):
    parts = {"routing": {"files": ["app.conf"]}}
    deployed.deploy(parts=parts)
    deployed.deploy("two\n", parts=parts)

    deployed.rollback(**ask)

    assert deployed.service.state["running"] == "one\n"
    assert deployed.active.meta["root_only"] == ["secrets/token"]
    assert access(deployed.active.path / TOKEN) == (0o600, os.geteuid(), os.getegid())
    assert not deployed.store.drift(deployed.active, (deployed.active.path / CONFIG).stat().st_gid)
