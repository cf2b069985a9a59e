# SPDX-License-Identifier: GPL-3.0-or-later
"""A deploy that watches itself: what breaks within the watch is switched back, though the deploy had proved healthy."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://mon1"]
pytestmark = pytest.mark.usefixtures("unheld")
NO_TARGET_LOST = [{"name": "no target lost", "query": "min(up)"}]
DEAD = [{"job_name": "dead", "static_configs": [{"targets": ["127.0.0.1:9"]}]}]


def test_a_deploy_that_breaks_nothing_passes(deploy: Any, component: Any, job: Any) -> None:
    watched = {"release_watch": NO_TARGET_LOST, "release_watch_duration": "5s"}
    deploy(prometheus_scrape_jobs=[job], **watched).ok()
    assert component("prometheus").journal()[-1]["event"] == "activated"


def test_a_lost_target_is_switched_back(deploy: Any, component: Any) -> None:
    prometheus = component("prometheus")
    good = prometheus.release()
    watched = {"release_watch": NO_TARGET_LOST, "release_watch_duration": "20s"}
    seen = deploy(prometheus_scrape_jobs=DEAD, **watched).refused()
    assert 'release_watch "no target lost" is true no more: min(up) (watched for 20 s after the switch)' in seen.output
    assert f"switched back to {good}, which is healthy and running" in seen.output
    assert prometheus.release() == good


def test_a_service_that_dies_after_its_health_check_is_switched_back(
    host: Host, deploy: Any, run_in_background: Callable[..., subprocess.Popen[bytes]], component: Any, job: Any
) -> None:
    prometheus = component("prometheus")
    good = prometheus.release()
    variables = {"prometheus_scrape_jobs": [job], "release_watch_duration": "30s"}
    playbook = run_in_background("playbooks/site.yml", "--limit=mon1", variables=variables)
    host.check_output(
        f"for i in $(seq 600); do [ $(readlink {prometheus.home}/current) = releases/{good} ] || break; sleep 0.1; done"
    )
    time.sleep(5)
    host.check_output("systemctl kill --signal=KILL aetherlink-prometheus")
    assert playbook.wait(timeout=120) != 0
    assert prometheus.release() == good
    assert "stopped after its health check" in [e["why"] for e in prometheus.journal() if e["event"] == "failed"][-1]


@pytest.mark.parametrize(
    ("watch", "sentence"),
    [
        ([{"name": "a", "query": "min(up"}], 'release_watch "a" is no query that can be watched ('),
        ([{"name": "a"}], "release_watch[0] has no query: add it."),
        (
            [{"name": "a", "query": "up", "fro": "1s"}],
            'release_watch[0].fro is not a key that exists (did you mean "for"?)',
        ),
        ("min(up)", 'release_watch is "min(up)", but must be a list'),
    ],
)
def test_conditions_that_make_no_sense_stop_before_the_switch(
    assert_refused: Any, job: Any, watch: Any, sentence: str
) -> None:
    assert_refused("prometheus", {"prometheus_scrape_jobs": [job], "release_watch": watch}, sentence)


def test_what_is_broken_before_is_no_reason_against_the_deploy_that_mends_it(deploy: Any, component: Any) -> None:
    deploy(prometheus_scrape_jobs=DEAD).ok()
    time.sleep(3)  # until it was scraped
    seen = deploy(release_watch=NO_TARGET_LOST, release_watch_duration="2s").ok()
    assert 'release_watch "no target lost" is not true before the deploy: not watched' in seen.output
    assert component("prometheus").journal()[-1]["event"] == "activated"
