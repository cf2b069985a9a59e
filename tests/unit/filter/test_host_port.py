# SPDX-License-Identifier: GPL-3.0-or-later
"""host_port: addresses with ports, as listened on and as reached on the host itself."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.filter.host_port import host_port


@pytest.mark.parametrize(
    ("address", "listens_on", "reached_at"),
    [
        ("127.0.0.1", "127.0.0.1:9090", "127.0.0.1:9090"),
        ("0.0.0.0", "0.0.0.0:9090", "127.0.0.1:9090"),
        ("::", "[::]:9090", "127.0.0.1:9090"),
        ("fd00::7", "[fd00::7]:9090", "[fd00::7]:9090"),
        ("mon1.example", "mon1.example:9090", "mon1.example:9090"),
    ],
)
def test_an_address_gets_its_port(address: str, listens_on: str, reached_at: str) -> None:
    assert host_port(address, 9090) == listens_on
    assert host_port(address, 9090, local=True) == reached_at
