# SPDX-License-Identifier: GPL-3.0-or-later
"""Back to what was well, seen at the running Prometheus and Alertmanager; and held there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://mon1"]
pytestmark = pytest.mark.usefixtures("unheld")
ROOT = Path(__file__).resolve().parents[3]
API = "http://127.0.0.1:9090/api/v1"


def jobs(get: Any) -> set[str]:
    document = get(f"{API}/status/config")["data"]["yaml"]
    return {line.split(": ")[1] for line in document.splitlines() if line.startswith("- job_name: ")}


def groups(get: Any) -> set[str]:
    return {group["name"] for group in get(f"{API}/rules")["data"]["groups"]}


def test_the_release_before_comes_back_healthy_and_is_held(
    deploy: Any, rollback: Any, run_playbook: Any, get: Any, component: Any, job: Any, rule: Any
) -> None:
    prometheus = component("prometheus")
    good = prometheus.release()
    deploy(prometheus_scrape_jobs=[job], prometheus_rule_groups=rule("paging"), prometheus_retention_time="9d").ok()
    bad = prometheus.release()

    seen = rollback(component="prometheus").ok()

    assert prometheus.release() == good
    assert "extra" not in jobs(get) and "paging" not in groups(get)
    assert get(f"{API}/status/flags")["data"]["storage.tsdb.retention.time"] == "15d"
    assert f"| prometheus on mon1 | {bad} back to {good} | the pager does not stop |" in seen.output
    last = prometheus.journal()[-1]
    assert (last["event"], last["left"], last["why"]) == ("rolled_back", bad, "the pager does not stop")

    held = deploy(prometheus_scrape_jobs=[job]).ok()
    assert held.changed == 0 and prometheus.release() == good
    assert "mon1: prometheus is held, and left alone:" in held.output
    assert "because: the pager does not stop. To deploy it again, add -e unhold=true." in held.output

    verified = run_playbook("playbooks/verify.yml", "--limit=mon1", variables={"prometheus_scrape_jobs": []}).ok()
    assert f"ok mon1 prometheus release active {good}, held since" in verified.output

    assert deploy(prometheus_scrape_jobs=[job], unhold=True).ok().changed == 1
    assert "extra" in jobs(get)
    assert deploy().ok().changed == 1, "the hold is lifted for good"


def test_a_reason_of_several_words_as_people_type_it(run_playbook: Any, deploy: Any, component: Any, job: Any) -> None:
    deploy(prometheus_scrape_jobs=[job]).ok()
    run_playbook("playbooks/rollback.yml", "--limit=mon1", "-e", "component=prometheus", "-e", "reason=two words").ok()
    assert component("prometheus").journal()[-1]["why"] == "two words"


def test_under_check_it_says_what_it_would_do_and_does_nothing(
    deploy: Any, rollback: Any, component: Any, job: Any
) -> None:
    deploy(prometheus_scrape_jobs=[job]).ok()
    before = component("prometheus").state()
    seen = rollback("--check", "--diff", component="prometheus").ok()
    assert seen.changed == 1 and "-- job_name: extra" in seen.output
    assert component("prometheus").state() == before


def test_the_rules_alone_go_back_and_the_targets_stay(
    deploy: Any, rollback: Any, get: Any, component: Any, job: Any, rule: Any
) -> None:
    prometheus = component("prometheus")
    deploy(prometheus_rule_groups=rule("fine")).ok()
    good, process = prometheus.release(), prometheus.process()
    deploy(prometheus_rule_groups=rule("paging")).ok()
    deploy(prometheus_rule_groups=rule("paging"), prometheus_scrape_jobs=[job]).ok()
    left = prometheus.release()

    rollback(part="rules").ok()

    assert "extra" in jobs(get) and "fine" in groups(get) and "paging" not in groups(get)
    assert prometheus.meta()["composed"] == {"part": "rules", "of": good, "with": left}
    assert prometheus.process() == process, "rules need no restart"


def test_the_targets_alone_go_back_and_the_rules_stay(
    deploy: Any, rollback: Any, get: Any, job: Any, rule: Any
) -> None:
    deploy(prometheus_scrape_jobs=[job], prometheus_rule_groups=rule("fine")).ok()
    rollback(part="scrape").ok()
    assert "extra" not in jobs(get) and "fine" in groups(get)


def test_the_routes_alone_go_back(deploy: Any, rollback: Any, get: Any, component: Any) -> None:
    alertmanager = component("alertmanager")
    good, process = alertmanager.release(), alertmanager.process()
    deploy(alertmanager_receivers=[{"name": "somebody"}], alertmanager_route={"receiver": "somebody"}).ok()
    rollback(part="routing").ok()
    assert "receiver: nobody" in get("http://127.0.0.1:9093/api/v2/status")["config"]["original"]
    assert alertmanager.meta()["composed"]["of"] == good
    assert alertmanager.process() == process


def test_it_needs_nothing_of_an_inventory_that_is_broken(deploy: Any, rollback: Any, component: Any, job: Any) -> None:
    good = component("prometheus").release()
    deploy(prometheus_scrape_jobs=[job]).ok()
    rollback(component="prometheus", prometheus_scrape_jobs="{{ nonsense }}", prometheus_version=[1]).ok()
    assert component("prometheus").release() == good


def test_what_cannot_work_is_refused_with_the_choices_and_nothing_is_touched(
    deploy: Any, rollback: Any, component: Any
) -> None:
    prometheus = component("prometheus")
    good = prometheus.release()
    deploy(prometheus_flags={"no.such.flag": "x"}, prometheus_skip_check=True).refused()
    bad = [event["release"] for event in prometheus.journal() if event["event"] == "failed"][-1]
    before = prometheus.state(), prometheus.journal()
    for variables, sentence in (
        ({"component": "prometheus", "release": bad}, "is marked bad (prometheus stops right after its start"),
        ({"component": "prometheus", "release": "9999"}, "9999 is no release of prometheus on this host"),
        ({"component": "prometheus", "release": good}, f"release {good} of prometheus is active already"),
        ({"component": "prometheus", "part": "routing"}, "part=routing is a part of alertmanager"),
        (
            {"component": "prometheus", "reason": " "},
            "a rollback needs a reason, which others will read: add -e reason=",
        ),
        ({"component": "grafana"}, "None of the hosts that are asked has grafana"),
        ({}, "Nothing says what to roll back: add -e component=NAME"),
    ):
        assert sentence in rollback(**variables).refused().output
        assert (prometheus.state(), prometheus.journal()) == before


def test_a_package_that_was_upgraded_since_is_refused_with_the_way_out(
    host: Host, deploy: Any, rollback: Any, component: Any, job: Any
) -> None:
    deploy(prometheus_scrape_jobs=[job]).ok()
    status = "/var/lib/dpkg/status"
    host.check_output(
        f"cp {status} /root/status && sed -i '/^Package: prometheus$/,/^$/s/^Version: .*/Version: 9.9/' {status}"
    )
    try:
        seen = rollback(component="prometheus").refused()
    finally:
        host.check_output(f"cp /root/status {status}")
    assert "of the package prometheus, and this host has 9.9 now (apt can install that version" in seen.output


def test_a_rollback_killed_in_its_switch_is_ended_by_the_same_command(
    host: Host, deploy: Any, rollback: Any, run_in_background: Any, component: Any, job: Any, get: Any
) -> None:
    prometheus = component("prometheus")
    good = prometheus.release()
    deploy(prometheus_scrape_jobs=[job]).ok()
    variables = {"component": "prometheus", "reason": "the pager does not stop"}
    playbook = run_in_background("playbooks/rollback.yml", "--limit=mon1", variables=variables)
    kill_at = (
        "cd /opt/aetherlink/prometheus; current=$(readlink current); for i in $(seq 4000); do "
        'if test "$(readlink current)" != "$current"; then pkill -KILL -x python3; exit; fi; sleep 0.002; done; exit 1'
    )
    try:
        assert host.run("sh -c %s", kill_at).rc == 0, "the rollback could not be killed"
    finally:
        playbook.kill()
        playbook.wait(timeout=30)
    assert "rolled_back" not in [event["event"] for event in prometheus.journal()[-2:]], "it ended before"

    rollback(component="prometheus").ok()

    assert prometheus.release() == good and "extra" not in jobs(get)
    assert rollback(component="prometheus").ok().changed == 0, "again, it goes no further back"
