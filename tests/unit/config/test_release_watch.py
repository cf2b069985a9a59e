# SPDX-License-Identifier: GPL-3.0-or-later
"""release_watch as the module takes it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.release_watch import release_watch, who_asks

PROMETHEUS = [{"name": "mon1", "address": "10.0.0.1", "local": False, "port": 9090}]
CONDITION = {"name": "no target lost", "query": "min(up)"}


def test_conditions_are_watched_for_a_minute_at_the_first_prometheus() -> None:
    assert release_watch({"release_watch": [CONDITION]}, PROMETHEUS) == {
        "url": "http://10.0.0.1:9090",
        "duration": 60,
        "conditions": [{**CONDITION, "for": 0}],
        "access": {"ca_file": "", "user": "", "password_file": ""},
    }


def test_a_prometheus_with_tls_and_a_password_is_asked_with_what_the_component_has() -> None:
    machine = {"aether_web_password": "correct horse"}
    made = release_watch(
        {"release_watch": [CONDITION]}, [{**PROMETHEUS[0], "tls": True}], asking="grafana", machine=machine
    )

    assert made["url"] == "https://10.0.0.1:9090"
    assert made["access"] == {
        "ca_file": "/etc/aetherlink/tls/grafana/ca.pem",
        "user": "aetherlink",
        "password_file": "/opt/aetherlink/grafana/current/etc/secrets/web_password",
    }


def test_a_prometheus_on_the_host_itself_is_known_by_its_own_certificate() -> None:
    local = [{**PROMETHEUS[0], "address": "127.0.0.1", "local": True, "tls": True}]
    made = release_watch({"release_watch": [CONDITION]}, local, asking="grafana")

    assert made["access"] == {
        "certificate_file": "/etc/aetherlink/tls/prometheus/certificate.pem",
        "user": "",
        "password_file": "",
    }


def test_a_url_of_ones_own_gets_no_password() -> None:
    variables = {"release_watch": [CONDITION], "release_watch_url": "https://prometheus.example"}

    assert "access" not in release_watch(variables, PROMETHEUS, asking="grafana", machine={"aether_web_password": "x"})


def test_a_component_without_certificates_asks_with_those_of_another_on_its_host() -> None:
    assert who_asks("grafana", ["prometheus", "grafana"]) == "grafana"
    assert who_asks("inbox", ["demo_verticals", "inbox", "alertmanager", "prometheus"]) == "alertmanager"
    assert who_asks("inbox", ["inbox"]) == "inbox"


def test_duration_tolerance_and_url_are_the_inventorys() -> None:
    variables = {
        "release_watch": [{**CONDITION, "for": "10s"}],
        "release_watch_duration": "1m30s",
        "release_watch_url": "https://prometheus.example/",
    }
    made = release_watch(variables, PROMETHEUS)
    assert (made["url"], made["duration"], made["conditions"][0]["for"]) == ("https://prometheus.example", 90, 10)


def test_a_duration_alone_watches_the_service_and_asks_no_prometheus() -> None:
    assert release_watch({"release_watch_duration": "10s"}, []) == {"url": "", "duration": 10, "conditions": []}


@pytest.mark.parametrize("variables", [{}, {"release_watch": []}, {"release_watch_duration": 0}])
def test_nothing_is_watched_by_default(variables: dict[str, Any]) -> None:
    assert release_watch(variables, PROMETHEUS) == {}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"release_watch": "min(up)"}, 'release_watch is "min(up)", but must be a list'),
        ({"release_watch": [{"name": "a"}]}, "release_watch[0] has no query: add it."),
        ({"release_watch": [CONDITION, CONDITION]}, 'release_watch[1].name is the condition "no target lost" again'),
        ({"release_watch": [{**CONDITION, "for": "2"}]}, 'release_watch[0].for is "2", which is not a duration'),
        ({"release_watch": [{**CONDITION, "for": "1m"}]}, "release_watch[0].for is 1m, which is as long as the whole"),
        ({"release_watch_duration": "long"}, 'release_watch_duration is "long", which is not a duration'),
        (
            {"release_watch": [CONDITION], "release_watch_url": "mon1:9090"},
            'release_watch_url is "mon1:9090", which is',
        ),
    ],
)
def test_what_makes_no_sense_is_refused(variables: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        release_watch(variables, PROMETHEUS)
    assert str(caught.value).startswith(sentence)


def test_without_a_prometheus_a_condition_cannot_be_asked() -> None:
    with pytest.raises(ConfigError, match="the inventory has no host in the group prometheus: set release_watch_url"):
        release_watch({"release_watch": [CONDITION]}, [])
