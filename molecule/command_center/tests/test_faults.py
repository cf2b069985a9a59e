# SPDX-License-Identifier: GPL-3.0-or-later
"""When a vertical does not answer as it should, Command Center says whose fault it is, and of what kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://bookworm", "ansible://testing"]  # the oldest and the newest Python
URL = "http://127.0.0.1:8010"
ADMIN = "http://127.0.0.1:8100"
OTHERS = ("roofing", "policy", "property", "media")


@pytest.fixture
def fault(host: Host) -> Iterator[Callable[[str, str], None]]:
    """fault("crm", "down"): healed at the end of the test."""
    script = "import sys, urllib.request as r; _, m, u, d = sys.argv; r.urlopen(r.Request(u, d.encode(), method=m))"

    def ask(method: str, name: str, body: str = "") -> None:
        host.check_output("python3 -c %s %s %s %s", script, method, f"{ADMIN}/verticals/{name}/fault", body)

    broken = set()

    def put(name: str, kind: str) -> None:
        broken.add(name)
        ask("PUT", name, json.dumps({"fault": kind}))

    yield put
    for name in broken:
        ask("DELETE", name)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("down", "connect"),
        ("error", "http_status"),
        ("stall", "timeout"),
        ("garbage", "not_json"),
        ("wrong_types", "wrong_shape"),
        ("huge", "too_large"),
        ("redirect", "redirect"),
        ("endless", "timeout"),
        ("lie", "wrong_shape"),
    ],
)
def test_a_bad_vertical_hurts_its_own_series_alone(
    all_up: None, metrics: Any, eventually: Any, fault: Any, get: Any, kind: str, reason: str
) -> None:
    before = metrics()
    fault("crm", kind)
    assert eventually(lambda: metrics()["aether_service_up", "crm"] == 0)
    errors = ("aether_verticals_scrape_errors_total", reason, "crm")
    assert eventually(lambda: metrics()[errors] > before[errors])
    after = metrics()
    for name in OTHERS:
        assert after["aether_service_up", name] == 1
        errors_of_others = {key for key in after if key[0] == errors[0] and key[2] == name and after[key] > before[key]}
        assert errors_of_others == set()
    crm = next(vertical for vertical in get(f"{URL}/api/fleet")["verticals"] if vertical["name"] == "crm")
    assert crm["last_error"]["reason"] == reason
    assert crm["last_error"]["sentence"]


def test_a_vertical_whose_numbers_stand_still_is_up_and_stale(
    all_up: None, metrics: Any, eventually: Any, fault: Any
) -> None:
    fault("crm", "stale")
    assert eventually(lambda: metrics()["aether_service_stale", "crm"] == 1)
    assert metrics()["aether_service_up", "crm"] == 1


def test_a_hostile_vertical_harms_nobody(
    all_up: None, metrics: Any, eventually: Any, fault: Any, get: Any, host: Host
) -> None:
    before = metrics()
    fault("crm", "hostile")
    fault("property", "hostile")
    keys = "aether_attribution_writes_total"
    assert eventually(lambda: sum(v for k, v in metrics().items() if k[0] == keys) > 0)
    assert eventually(lambda: {k for k in metrics() if k[0] == keys} != {k for k in before if k[0] == keys})
    after = metrics()  # which a parser takes, with the labels that are ours alone
    assert {key[1] for key in after if key[0] == "aether_service_up"} == {"crm", *OTHERS}
    assert all(after["aether_service_up", name] == 1 for name in ("crm", *OTHERS))
    text = json.dumps(get(f"{URL}/metrics")) + json.dumps(get(f"{URL}/api/fleet"))
    assert [bad for bad in ("{{", "jndi", "<script", "etc/passwd", "x" * 1000) if bad in text] == []
    assert len(text) < 200_000
    assert not host.file("/tmp/hostile").exists  # noqa: S108 - what one of the keys asks a shell to make
