# SPDX-License-Identifier: GPL-3.0-or-later
"""Several hosts: one after the other, and what fails on the first never reaches the second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://mon1"]


@pytest.fixture
def both(run_playbook: Callable[..., Any]) -> Any:
    """both("site.yml", **variables): a playbook on both hosts; afterwards they are as the inventory wants."""
    yield lambda name, **variables: run_playbook(f"playbooks/{name}", variables=variables)
    run_playbook("playbooks/site.yml", variables={"unhold": True}).ok()


@pytest.fixture
def second(host: Host, component: Any) -> Any:
    """Prometheus on the second host."""
    return type(component("prometheus"))(
        Host.get_host("ansible://mon2", ansible_inventory=inventory_of(host)), "prometheus"
    )


def inventory_of(host: Host) -> str:
    return str(host.backend.ansible_inventory)


def test_the_first_host_is_the_canary(both: Any, component: Any, second: Any) -> None:
    first = component("prometheus")
    before, untouched = first.release(), (second.state(), second.journal())
    both("site.yml", prometheus_flags={"no.such.flag": "x"}, prometheus_skip_check=True).refused()
    assert first.release() == before and first.journal()[-1]["event"] == "switched_back"
    assert (second.state(), second.journal()) == untouched


def test_a_rollback_of_all_goes_host_by_host(both: Any, component: Any, second: Any, job: Any) -> None:
    first = component("prometheus")
    before = first.release(), second.release()
    both("site.yml", prometheus_scrape_jobs=[job]).ok()
    both("rollback.yml", component="prometheus", reason="both").ok()
    assert (first.release(), second.release()) == before
    ends = [prometheus.journal()[-1]["time"] for prometheus in (first, second)]
    begun = next(e["time"] for e in reversed(second.journal()) if e["event"] == "switching")
    assert ends[0] <= begun <= ends[1]


def test_where_one_host_cannot_go_back_none_does(both: Any, host: Host, component: Any, second: Any, job: Any) -> None:
    first = component("prometheus")
    both("site.yml", prometheus_scrape_jobs=[job]).ok()
    old = [name for name in second.state()[2] if name != second.release()]
    for name in old:
        second.host.check_output(f"echo '# by hand' >>{second.home}/releases/{name}/etc/prometheus.yml")
    before = first.state(), second.state()
    seen = both("rollback.yml", component="prometheus", reason="both").refused()
    assert "differs from what passed its health check, etc/prometheus.yml was changed on the host" in seen.output
    assert (first.state(), second.state()) == before
