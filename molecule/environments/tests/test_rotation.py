# SPDX-License-Identifier: GPL-3.0-or-later
"""A new password and new certificates are one run, and no process starts anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from testinfra import get_host
from testinfra.host import Host

testinfra_hosts = ["ansible://services"]
NEXT = {"aether_web_user": "aetherlink-next", "aether_web_password": "another-pass-phrase-66"}
STARTS = "systemctl show 'aetherlink-*.service' --property=Id,InvocationID"


@pytest.fixture
def staging(environment: Any) -> Any:
    return environment("staging")


@pytest.fixture
def starts(staging: Any) -> Callable[[], dict[str, str]]:
    """Which run of its service each host of staging has."""
    names = sorted({name for hosts in staging.hosts.values() for name in hosts})
    hosts = {name: get_host(f"docker://molecule-environments-{name}") for name in names}
    return lambda: {name: host.check_output(STARTS) for name, host in hosts.items()}


@pytest.fixture
def answers(staging: Any, ask: Any) -> Callable[[dict[str, str]], dict[str, set[int]]]:
    """answers(logins): by component, the status codes with which its hosts in staging answer its login."""

    def seen(logins: dict[str, str]) -> dict[str, set[int]]:
        asked = [{"url": f"{url}/metrics", "ca": staging.authority, "login": logins[c]} for c, url in staging.urls]
        found: dict[str, set[int]] = {}
        for (component, _), answer in zip(staging.urls, ask(*asked), strict=True):
            found.setdefault(component, set()).add(answer["status"])
        return found

    return seen


def everywhere(staging: Any, status: int) -> dict[str, set[int]]:
    return {component: {status} for component, _ in staging.urls}


def test_a_new_password_under_a_new_name_is_a_reload_and_nothing_is_missed(
    staging: Any, starts: Any, answers: Any, query: Any
) -> None:
    """But for Grafana, which reads the login of its /metrics at its start alone."""
    old, previous = staging.logins(), dict([staging.login.split(":")])
    following = {NEXT["aether_web_user"]: NEXT["aether_web_password"]}
    (grafana,) = staging.hosts["grafana"]

    def failed_notifications() -> list[str]:
        return [sums[0]["value"][1] for sums in query(staging, "sum(prometheus_notifications_errors_total)")]

    before, failed, start = starts(), failed_notifications(), time.monotonic()
    assert staging.play("site.yml", aether_web_also=following).returncode == 0
    assert starts() == before
    assert staging.play("site.yml", **NEXT, aether_web_also=previous).returncode == 0
    after = starts()
    assert {name for name in before if before[name] != after[name]} <= {grafana}
    seen = staging.play("verify.yml", **NEXT, aether_web_also=previous)
    assert seen.returncode == 0, seen.stdout
    window = f"[{time.monotonic() - start:.0f}s]"
    for lows in query(staging, "min_over_time(up{job!=%22grafana%22}" + window + ")"):
        assert lows and {series["value"][1] for series in lows} == {"1"}, lows
    assert failed_notifications() == failed
    assert answers(old) == {**everywhere(staging, 200), "grafana": {401}}

    assert staging.play("site.yml", **NEXT).returncode == 0
    assert starts() == after
    assert answers(old) == everywhere(staging, 401)
    assert answers(staging.logins(*NEXT.values())) == everywhere(staging, 200)


def test_a_new_password_at_once_is_one_run(staging: Any, answers: Any) -> None:
    """Back, all at once: what asks with what it knows no more is let in again when the run is over."""
    done = staging.play("site.yml")
    assert done.returncode == 0, done.stdout
    assert answers(staging.logins()) == everywhere(staging, 200)
    seen = staging.play("verify.yml")
    assert seen.returncode == 0, seen.stdout


def test_new_certificates_are_taken_up_by_what_runs(staging: Any, starts: Any, host: Host) -> None:
    def serials() -> dict[str, str]:
        script = (
            "import hashlib, ssl, sys\n"
            "for at in sys.argv[1:]:\n"
            "    name, _, port = at.partition(':')\n"
            "    print(hashlib.sha256(ssl.get_server_certificate((name, int(port))).encode()).hexdigest())\n"
        )
        at = [url.removeprefix("https://") for _, url in staging.urls]
        return dict(zip(at, host.check_output("python3 -c %s " + " ".join(at), script).split()))

    before, running = serials(), starts()
    done = staging.play("site.yml", aether_tls_names=[f"at{time.time():.0f}.staging.example"])
    assert done.returncode == 0, done.stdout
    deadline = time.monotonic() + 75  # Grafana looks once a minute
    while {at for at, serial in serials().items() if serial == before[at]} and time.monotonic() < deadline:
        time.sleep(2)
    assert {at for at, serial in serials().items() if serial == before[at]} == set()
    assert starts() == running
    seen = staging.play("verify.yml")
    assert seen.returncode == 0, seen.stdout
