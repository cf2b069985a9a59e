# SPDX-License-Identifier: GPL-3.0-or-later
"""prometheus_files: how the components are asked that have TLS and passwords, and Prometheus in pairs."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    files as prometheus_files,
)

TLS = {"scheme": "https", "tls_config": {"ca_file": "/etc/aetherlink/tls/prometheus/ca.pem"}}
KEYS = ("scheme", "tls_config", "basic_auth")


def host(name: str, port: int, tls: bool = True) -> dict[str, Any]:
    return {"name": name, "address": f"{name}.example", "local": name == "mon1", "port": port, "tls": tls}


HOSTS: dict[str, list[dict[str, Any]]] = {
    "prometheus": [host("mon1", 9090)],
    "alertmanager": [host("mon1", 9093), host("mon2", 9093)],
    "grafana": [host("mon1", 3000, tls=False)],
    "mixed": [host("mon1", 9093), host("mon2", 9093, tls=False)],
    "inbox": [{"name": "mon1", "address": "127.0.0.1", "local": True, "port": 8025}],
    "others": [{"name": "mon3", "address": "mon3", "local": False}],
    "node": [{"name": "mon1", "address": "127.0.0.1", "local": True}],
}


def config(**changes: Any) -> Any:
    params = {"env": "dev", "host": "mon1", "hosts": HOSTS, "alertmanagers": [], "web_user": "aetherlink", **changes}
    return yaml.safe_load(prometheus_files(params)["prometheus.yml"])


def asked(*, web_user: str = "aetherlink", **entry: Any) -> dict[str, Any]:
    """How a job asks its targets."""
    (job,) = config(scrape_jobs=[{"job_name": "a", **entry}], web_user=web_user)["scrape_configs"]
    return {key: job[key] for key in KEYS if key in job}


def login(component: str) -> dict[str, Any]:
    """Prometheus' own at that component."""
    file = f"secrets/web_password_for_{component}"
    return {"basic_auth": {"username": "aetherlink-prometheus", "password_file": file}}


def error(**entry: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        asked(**entry)
    assert str(raised.value).endswith(".")
    return str(raised.value)


def test_components_are_asked_as_they_want_to_be() -> None:
    assert asked(groups=["prometheus"]) == {**TLS, **login("prometheus")}
    assert asked(groups=["alertmanager"], web_user="") == TLS
    assert asked(groups=["grafana"]) == login("grafana")
    assert asked(groups=["grafana"], web_user="") == {}
    assert asked(groups=["prometheus", "alertmanager"], web_user="") == TLS


def test_a_job_of_two_components_has_no_password_that_both_take() -> None:
    assert error(groups=["prometheus", "alertmanager"]) == (
        'prometheus_scrape_jobs[0]: the scrape job "a" asks mon1:9090 of the group prometheus and mon2:9093 of the '
        "group alertmanager, which take different passwords: make two of it, or set basic_auth in it yourself."
    )


def test_alertmanagers_are_asked_the_same_way() -> None:
    (entry,) = config(alertmanagers=[{"groups": ["alertmanager"]}])["alerting"]["alertmanagers"]
    assert {key: entry[key] for key in KEYS} == {**TLS, **login("alertmanager")}


def test_the_password_goes_to_nothing_else_on_the_same_hosts() -> None:
    assert asked(groups=["prometheus"], port=9100) == {}
    assert asked(groups=["node"], port=9090) == {}
    assert asked(groups=["inbox"]) == {}


def test_a_prober_is_not_what_it_probes() -> None:
    relabel = [{"target_label": "__address__", "replacement": "prober.example:9115"}]
    assert asked(groups=["prometheus"], relabel_configs=relabel) == {}


def test_what_the_job_says_itself_wins() -> None:
    own = {"tls_config": {"ca_file": "/etc/own.pem"}, "basic_auth": {"username": "x", "password_file": "secrets/x"}}
    assert asked(groups=["prometheus"], **own) == {"scheme": "https", **own}
    assert asked(groups=["prometheus"], scheme="http") == {"scheme": "http", **login("prometheus")}
    assert asked(groups=["prometheus"], scheme="https") == {**TLS, **login("prometheus")}
    assert asked(groups=["prometheus"], authorization={"credentials_file": "secrets/x"}) == TLS


def test_hosts_of_which_some_speak_tls() -> None:
    assert error(groups=["mixed"]) == (
        'prometheus_scrape_jobs[0]: the scrape job "a" asks mon1:9093, which wants HTTPS, and mon2:9093, of which that '
        "is not known: make two of it, or set scheme and tls_config in it yourself."
    )


@pytest.mark.parametrize(
    "more", [{"static_configs": [{"targets": ["x.example:9"]}]}, {"dns_sd_configs": [{"names": ["x.example"]}]}]
)
def test_a_job_that_would_send_the_password_elsewhere_too(more: dict[str, Any]) -> None:
    assert "asks mon1:9090, which wants HTTPS, and targets of its own, of which that is not known: " in error(
        groups=["prometheus"], **more
    )
    assert "asks mon1:3000, which wants a password, and targets of its own" in error(groups=["grafana"], **more)


def test_a_job_of_hosts_of_which_some_are_no_components() -> None:
    assert "which wants HTTPS, and mon3:9090, of which that is not known: " in error(
        groups=["prometheus", "others"], port=9090
    )


def test_a_pair_is_told_apart_in_storage_and_not_in_alerts() -> None:
    pair = {**HOSTS, "prometheus": [host("mon1", 9090), host("mon2", 9090)]}
    drop = {"action": "labeldrop", "regex": "replica"}
    own = {"action": "labeldrop", "regex": "x"}
    made = {name: config(hosts=pair, host=name, alert_relabel_configs=[own]) for name in ("mon1", "mon2")}
    assert made["mon1"]["global"]["external_labels"] == {"env": "dev", "replica": "mon1"}
    assert made["mon2"]["global"]["external_labels"] == {"env": "dev", "replica": "mon2"}
    assert made["mon1"]["alerting"] == made["mon2"]["alerting"] == {"alert_relabel_configs": [own, drop]}


@pytest.mark.parametrize("changes", [{}, {"replica_label": ""}])
def test_one_alone_or_without_a_label_for_it_has_none(changes: dict[str, Any]) -> None:
    pair = {**HOSTS, "prometheus": [host("mon1", 9090), host("mon2", 9090)]} if changes else HOSTS
    made = config(hosts=pair, **changes)
    assert made["global"]["external_labels"] == {"env": "dev"}
    assert "alerting" not in made


def test_a_replica_of_ones_own_name_stays_and_is_dropped_too() -> None:
    pair = {**HOSTS, "prometheus": [host("mon1", 9090), host("mon2", 9090)]}
    made = config(hosts=pair, replica_label="r", external_labels={"r": "left"})
    assert made["global"]["external_labels"] == {"env": "dev", "r": "left"}
    assert made["alerting"]["alert_relabel_configs"] == [{"action": "labeldrop", "regex": "r"}]


def test_a_replica_label_that_is_the_environments() -> None:
    with pytest.raises(ConfigError, match=r'^prometheus_replica_label is "env", the label of the environment: '):
        config(replica_label="env")


def state_of(secrets: dict[str, Any], **entry: Any) -> list[str]:
    """What the job says of the state of its secrets."""
    (job,) = config(scrape_jobs=[{"job_name": "a", **entry}], secrets=secrets)["scrape_configs"]
    rules = [rule for rule in job.get("relabel_configs", []) if rule["target_label"] == "__tmp_secrets"]
    return [rule["replacement"] for rule in rules]


def test_a_job_differs_when_its_secret_does_so_that_a_reload_takes_it() -> None:
    (before,), (after,) = (state_of({"web_password": word}, groups=["prometheus"]) for word in ("one", "two"))
    assert before != after
    assert state_of({"web_password": "one"}, groups=["prometheus"]) == [before]
    own = {"bearer_token_file": "secrets/token", "static_configs": [{"targets": ["a:1"]}]}
    assert state_of({"token": "one"}, **own) != state_of({"token": "two"}, **own)


def test_a_job_without_a_secret_says_nothing_of_them() -> None:
    assert state_of({"token": "one"}, static_configs=[{"targets": ["a:1"]}]) == []


def test_what_a_job_says_of_a_secret_is_short_and_of_a_slow_hash() -> None:
    (state,) = state_of({"web_password": "hunter2-hunter2"}, groups=["prometheus"])
    assert len(state) == 8  # 32 bits: too little to be sure of a guess
    for quick in ("md5", "sha1", "sha256"):
        assert hashlib.new(quick, b"hunter2-hunter2").hexdigest()[:8] != state
