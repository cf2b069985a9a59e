# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands anywhere in the native sections: a file is made of it, or a sentence, and never a traceback."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.config import (
    files as alertmanager_files,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    files as prometheus_files,
)

PROMETHEUS = yaml.safe_load("""
env: dev
host: a
hosts: {node: [{name: a, address: 10.0.0.1, local: true, port: 9090, tls: true}], prometheus: []}
web_user: w
scrape_jobs:
  - job_name: a
    groups: [node]
    port: 1
    static_configs: [{targets: ["a:1"], labels: {x: y}}]
    relabel_configs: [{target_label: z}]
    metric_relabel_configs: [{action: drop}]
    basic_auth: {username: u, password_file: secrets/x}
    tls_config: {ca_file: /x}
    x_sd_configs: [{a: 1}]
rule_groups:
  - name: g
    rules:
      - {alert: A, expr: up, for: 1m, labels: {a: b}, annotations: {runbook_url: "http://x/"}}
      - {record: "a:b", expr: up, labels: {a: b}}
alertmanagers: [{groups: [node], port: 1, static_configs: [{targets: ["a:1"]}]}]
alert_relabel_configs: [{a: b}]
remote_write: [{url: "http://x/"}]
external_labels: {s: t}
global: {external_labels: {a: b}}
extra_config:
  global: {external_labels: {c: d}}
  alerting: {alertmanagers: []}
  scrape_configs: [{job_name: e, static_configs: [{targets: ["a:1"]}]}]
""")
ALERTMANAGER = yaml.safe_load("""
route:
  receiver: a
  group_by: [x]
  routes: [{receiver: a, mute_time_intervals: [n], matchers: [a=b]}]
receivers:
  - name: a
    email_configs: [{to: x, auth_username: u, auth_password_file: /x}]
    slack_configs: [{api_url_file: /x, http_config: {basic_auth: {password_file: /x}}}]
inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=c], equal: [x]}]
time_intervals: [{name: n, time_intervals: [{times: [{start_time: "00:00"}]}]}]
global: {smtp_from: x}
templates: {a: b}
extra_config:
  global: {smtp_hello: a}
  route: {receiver: b}
  receivers: [{name: b}]
  mute_time_intervals: [{name: m}]
""")
ODD: list[Any] = [None, 1, "x", [], {}, [None], {"x": None}]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, (*path, key))


def changed(params: Any, path: tuple[Any, ...], value: Any) -> Any:
    params = copy.deepcopy(params)
    node = params
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return params


@pytest.mark.parametrize(("make", "params"), [(prometheus_files, PROMETHEUS), (alertmanager_files, ALERTMANAGER)])
def test_an_odd_value_anywhere_is_passed_on_or_told_in_a_sentence(make: Any, params: Any) -> None:
    make(params)
    passed = told = 0
    for path in places(params):
        for value in ODD if path[0] != "hosts" else ():
            try:
                make(changed(params, path, value))
                passed += 1
            except ConfigError as error:
                assert str(error).endswith((".", "?")), (path, value)
                told += 1
    assert passed > 50 and told > 50
