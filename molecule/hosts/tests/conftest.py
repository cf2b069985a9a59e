# SPDX-License-Identifier: GPL-3.0-or-later
"""What making a host and looking at it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host


@pytest.fixture
def baseline(host: Host, run_playbook: Callable[..., Any]) -> Callable[..., Any]:
    """baseline(host_firewall="nftables"): hosts.yml on the test's host."""
    name = str(host.backend.get_pytest_id()).removeprefix("ansible://")
    return lambda *arguments, **variables: run_playbook(
        "playbooks/hosts.yml", f"--limit={name}", *arguments, variables=variables
    )


@pytest.fixture
def look(host: Host, run_playbook: Callable[..., Any]) -> Callable[..., str]:
    name = str(host.backend.get_pytest_id()).removeprefix("ansible://")
    playbook = "molecule/hosts/playbooks/look.yml"
    return lambda **variables: str(run_playbook(playbook, f"--limit={name}", variables=variables).ok().output)
