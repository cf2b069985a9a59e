# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's clock against the controller's: the way there and back is nobody's fault."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.clock import read
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.clock_offset import RoundTrip, off


@pytest.mark.parametrize(
    ("first", "last", "seconds"),
    [(101, 103, 0), (100, 104, 0), (92, 94, -8), (111, 113, 9), (99, 105, 1)],
)
def test_what_is_off_for_certain_counts(first: float, last: float, seconds: float) -> None:
    assert off(RoundTrip(100, 104), first, last) == seconds


def test_the_kernel_says_whether_it_is_synchronised() -> None:
    found = read()

    assert found["synchronised"] in (True, False, None)
    assert found["time"] > 1_700_000_000
