# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages, directories and the journal: found, mended, and then found as wanted."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host import basics
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import HostError, Machine

LIMITS = basics.journald_text({"SystemMaxUse": "1G"})


def test_only_missing_packages_are_installed(machine: Machine, commands: Any, apply: Any) -> None:
    commands.answers["dpkg-query"] = (1, "ca-certificates installed\nnftables config-files\n", "no curl")

    assert apply(basics.packages(machine, ["ca-certificates", "nftables", "curl"])) == ["install nftables, curl"]
    assert commands.ran[-1].endswith(
        "apt-get --quiet -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends nftables curl"
    )

    commands.answers["dpkg-query"] = (0, "ca-certificates installed\n", "")
    assert basics.packages(machine, ["ca-certificates"]) == []


def test_without_packages_nothing_is_asked(machine: Machine, commands: Any) -> None:
    assert basics.packages(machine, []) == []
    assert commands.ran == []


def test_a_package_that_cannot_be_had_is_told(machine: Machine, commands: Any, apply: Any) -> None:
    commands.answers["env DEBIAN_FRONTEND=noninteractive"] = (100, "", "E: Unable to locate package nftables")

    with pytest.raises(HostError, match=r"install --yes.* failed on the host: E: Unable to locate package nftables"):
        apply(basics.packages(machine, ["nftables"]))


def test_directories_are_made_whatever_the_umask_is(machine: Machine, apply: Any, me: int) -> None:
    before = os.umask(0o077)
    try:
        assert len(apply(basics.directories(machine, me))) == 3
    finally:
        os.umask(before)
    assert {machine.path(name).stat().st_mode & 0o7777 for name in basics.DIRECTORIES} == {0o755}
    assert basics.directories(machine, me) == []


def test_a_mode_changed_by_hand_is_mended(machine: Machine, apply: Any, me: int) -> None:
    apply(basics.directories(machine, me))
    machine.path("/opt/aetherlink").chmod(0o777)

    assert apply(basics.directories(machine, me)) == ["give /opt/aetherlink to root with mode 0755 (it has 0777)"]
    assert basics.directories(machine, me) == []


def test_a_directory_may_be_a_link_to_one(machine: Machine, apply: Any, me: int) -> None:
    apply(basics.directories(machine, me))
    machine.path("/opt/aetherlink").rename(machine.path("/elsewhere"))
    machine.path("/opt/aetherlink").symlink_to(machine.path("/elsewhere"))

    assert basics.directories(machine, me) == []


def test_a_directory_of_another_owner_is_given_to_root(machine: Machine, apply: Any, me: int, commands: Any) -> None:
    apply(basics.directories(machine, me))

    assert len(apply(basics.directories(machine, me + 1))) == 3
    assert commands.ran[0] == f"chown root:root {machine.path('/opt/aetherlink')}"


def test_limits_are_written_and_journald_restarted_once(machine: Machine, apply: Any, commands: Any) -> None:
    assert apply(basics.journald(machine, LIMITS)) == ["limit the journal"]
    assert machine.read(basics.JOURNALD) == "# Managed by aetherlink.monitoring.\n[Journal]\nSystemMaxUse=1G\n"
    assert commands.ran == ["systemctl restart systemd-journald.service"]
    assert basics.journald(machine, LIMITS) == []


def test_limits_that_journald_never_read_are_found(machine: Machine, apply: Any) -> None:
    apply(basics.journald(machine, LIMITS))
    started = machine.path(basics.STARTED)
    started.parent.mkdir(parents=True)
    started.symlink_to("1234")
    assert basics.journald(machine, LIMITS) == []

    later = started.lstat().st_mtime + 5
    os.utime(machine.path(basics.JOURNALD), (later, later))
    assert apply(basics.journald(machine, LIMITS)) == ["have journald read its limits"]


def test_without_limits_ours_are_taken_away(machine: Machine, apply: Any) -> None:
    assert basics.journald(machine, "") == []
    apply(basics.journald(machine, LIMITS))

    assert apply(basics.journald(machine, basics.journald_text({}))) == ["lift the journal's limits"]
    assert machine.read(basics.JOURNALD) is None


def test_a_host_without_systemd_is_left_to_the_components_to_refuse(machine: Machine) -> None:
    machine.path("/run/systemd/system").rmdir()

    assert basics.journald(machine, LIMITS) == []
