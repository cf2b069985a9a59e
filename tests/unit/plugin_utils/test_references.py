# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a configuration names are found, so that a missing one stops a deploy before the switch."""

from __future__ import annotations

import pytest
from ansible.template import trust_as_template
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.file_references import find_references

PROMETHEUS = """
scrape_configs:
  - job_name: crm
    static_configs: [{targets: ["10.0.0.1:80"]}]
    basic_auth: {username: prometheus, password_file: secrets/crm_password}
    tls_config:
      ca_file: /etc/ssl/crm.pem
alerting:
  alertmanagers:
    - authorization: {credentials_file: secrets/token}
"""


def paths(text: str, name: str = "prometheus.yml") -> list[str]:
    return [found["path"] for found in find_references({name: text}, "prometheus")]


def test_each_file_is_told_with_its_place_and_the_way_out() -> None:
    found = find_references({"prometheus.yml": PROMETHEUS}, "prometheus")

    assert [(f["path"], f["where"]) for f in found] == [
        ("secrets/crm_password", "prometheus.yml (scrape_configs[0].basic_auth.password_file)"),
        ("/etc/ssl/crm.pem", "prometheus.yml (scrape_configs[0].tls_config.ca_file)"),
        ("secrets/token", "prometheus.yml (alerting.alertmanagers[0].authorization.credentials_file)"),
    ]
    assert [f["fix"] for f in found] == [
        "set prometheus_secrets.crm_password, in the environment's vault",
        "put its content into prometheus_secrets, or the file on the host",
        "set prometheus_secrets.token, in the environment's vault",
    ]


def test_a_place_is_the_variables_where_that_is_known() -> None:
    text = "a: [{ca_file: /x}]\nb: {ca_file: /y}\n"
    found = find_references(
        {"prometheus.yml": text}, "prometheus", lambda _file, path: "mine" if path[0] == "a" else ""
    )

    assert [f["where"] for f in found] == ["mine", "prometheus.yml (b.ca_file)"]


def test_certificates_come_by_the_same_run_and_not_with_the_release() -> None:
    ours = (
        "tls_config: {ca_file: /etc/aetherlink/tls/prometheus/ca.pem, key_file: /etc/aetherlink/tls/prometheus/key.pem}"
    )

    assert paths(ours) == []
    assert paths("tls_config: {ca_file: /etc/aetherlink/prometheus/ca.pem}") == ["/etc/aetherlink/prometheus/ca.pem"]


def test_text_with_ansibles_tags_is_text() -> None:
    assert paths(trust_as_template("tls_config: {ca_file: /etc/ssl/crm.pem}")) == ["/etc/ssl/crm.pem"]


def test_globs_may_match_nothing() -> None:
    assert paths("rule_files: [rules/*.yml]\ntemplates: [templates/*.tmpl]\n") == []


def test_a_file_that_prometheus_writes_need_not_be_there() -> None:
    text = "global: {query_log_file: /var/log/queries.log}\nscrape_configs: [{scrape_failure_log_file: failures.log}]\n"

    assert paths(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "groups: [{rules: [{alert: Full, labels: {log_file: /x}, annotations: {dump_file: /y}}]}]",
        "scrape_configs: [{static_configs: [{targets: [a], labels: {config_file: /x}}]}]",
        "global: {external_labels: {key_file: /x}}",
        "remote_write: [{headers: {x_file: /x}}]",
        "receivers: [{pagerduty_configs: [{details: {cert_file: /x}}]}]",
    ],
)
def test_data_that_only_sounds_like_a_file_is_none(text: str) -> None:
    assert paths(text) == []


def test_values_that_name_nothing_are_none() -> None:
    assert paths("a: {ca_file: ''}\nb: {ca_file: null}\nc: {ca_file: 5}\n") == []


def test_what_is_no_yaml_is_left_to_the_checker() -> None:
    assert paths("password_file: [") == []
    assert paths("password_file: secrets/a", name="templates/own.tmpl") == []
    assert paths('{"password_file": "secrets/a"}', name="command_center.json") == []
