# SPDX-License-Identifier: GPL-3.0-or-later
"""prometheus_files: from prometheus_* variables to prometheus.yml and rule files."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    COMMAND_CENTER_SERIES,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.config import (
    files as prometheus_files,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.describe import BUILTIN_JOBS
from command_center.metrics import VerticalSeries
from command_center.metrics import page as metrics_page
from command_center.outcome import PLATFORM_TOTALS, Reason

HOSTS = {
    "command_center": [{"name": "mon1", "address": "127.0.0.1", "local": True}],
    "node": [
        {"name": "mon1", "address": "127.0.0.1", "local": True},
        {"name": "web1", "address": "10.0.0.12", "local": False},
        {"name": "web6", "address": "fd00::6", "local": False},
    ],
    "empty": [],
    "elsewhere": [{"name": "lo1", "address": "127.0.0.1", "local": False}],
    "broken": [{"name": "odd1", "address": "10.0.0.x/y z", "local": False}],
}
COMMAND_CENTER = {"job_name": "aetherlink-command-center", "groups": ["command_center"], "port": 8010}
NODE = {"job_name": "node", "groups": ["node"], "port": 9100}
ALERT = {
    "alert": "Down",
    "expr": "up == 0",
    "for": "5m",
    "labels": {"severity": "warning"},
    "annotations": {"runbook_url": "https://runbooks.example/Down"},
}


def params(**changes: Any) -> dict[str, Any]:
    return {"env": "dev", "host": "mon1", "hosts": HOSTS, "alertmanagers": [], **changes}


def config(**changes: Any) -> Any:
    return yaml.safe_load(prometheus_files(params(**changes))["prometheus.yml"])


def job(name: str = "a", **keys: Any) -> dict[str, Any]:
    return {"job_name": name, "static_configs": [{"targets": ["10.0.0.1:80"]}], **keys}


def scraped(*jobs: Any, **changes: Any) -> dict[str, Any]:
    return {entry["job_name"]: entry for entry in config(scrape_jobs=list(jobs), **changes)["scrape_configs"]}


def group(name: str = "own", **keys: Any) -> dict[str, Any]:
    return {"name": name, "rules": [ALERT], **keys}


def error(**changes: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        prometheus_files(params(**changes))
    sentence = str(raised.value)
    assert sentence.endswith((".", "?")) and "\n" not in sentence
    return sentence


# --- what is made of good input


def test_defaults_are_the_platforms_and_the_environment_is_an_external_label() -> None:
    assert config()["global"] == {
        "scrape_interval": "15s",
        "scrape_timeout": "10s",
        "evaluation_interval": "15s",
        "external_labels": {"env": "dev"},
    }


def test_empty_sections_are_left_out() -> None:
    assert set(prometheus_files(params())) == {"prometheus.yml"}
    assert list(config()) == ["global"]


def test_every_file_says_who_manages_it() -> None:
    for content in prometheus_files(params(rule_groups=[group()])).values():
        assert content.startswith("# Managed by aetherlink.monitoring: change the inventory, not this file.\n")


def test_a_group_becomes_one_target_for_each_host_named_as_in_the_inventory() -> None:
    assert scraped(NODE)["node"]["static_configs"] == [
        {"targets": ["127.0.0.1:9100"], "labels": {"env": "dev", "instance": "mon1:9100"}},
        {"targets": ["10.0.0.12:9100"], "labels": {"env": "dev", "instance": "web1:9100"}},
        {"targets": ["[fd00::6]:9100"], "labels": {"env": "dev", "instance": "web6:9100"}},
    ]


def test_a_host_in_two_groups_of_a_job_is_one_target() -> None:
    two = {**NODE, "groups": ["command_center", "node"]}
    assert len(scraped(two)["node"]["static_configs"]) == 3


def test_static_targets_get_the_environment_unless_the_job_sets_one() -> None:
    entries = [{"targets": ["a:1"], "labels": {"team": "x"}}, {"targets": ["b:1"], "labels": {"env": "prod"}}]
    labels = [entry["labels"] for entry in scraped(job(static_configs=entries))["a"]["static_configs"]]
    assert labels == [{"env": "dev", "team": "x"}, {"env": "prod"}]


def test_discovered_targets_get_the_environment_where_they_have_none() -> None:
    found = scraped({"job_name": "sd", "file_sd_configs": [{"files": ["*.json"]}]})["sd"]
    rule = {"source_labels": ["env"], "regex": "^$", "target_label": "env", "replacement": "dev"}
    assert found["relabel_configs"] == [rule]


def test_only_command_centers_job_keeps_command_centers_series() -> None:
    own = {"source_labels": ["x"], "action": "drop"}
    jobs = scraped(COMMAND_CENTER, job(metric_relabel_configs=[own]))
    assert jobs["a"]["metric_relabel_configs"][0] == own
    drop = jobs["a"]["metric_relabel_configs"][1]
    assert drop["action"] == "drop" and "aether_service_(up|stale)" in drop["regex"]


def test_command_centers_job_keeps_no_other_series_whatever_is_relabelled_before() -> None:
    own = {"source_labels": ["x"], "target_label": "__name__"}
    brought, replaced = (
        scraped({**COMMAND_CENTER, **keys})["aetherlink-command-center"]["metric_relabel_configs"]
        for keys in ({}, {"metric_relabel_configs": [own]})
    )
    keep = {"source_labels": ["__name__"], "regex": COMMAND_CENTER_SERIES, "action": "keep"}
    assert (brought, replaced) == ([keep], [own, keep])


def test_the_series_it_keeps_are_all_that_command_center_exposes_and_none_of_prometheus() -> None:
    exposed = {line.partition("{")[0] for line in fleet_page(1).splitlines() if not line.startswith("#")}
    assert len(exposed) == 13 and all(re.fullmatch(COMMAND_CENTER_SERIES, name) for name in exposed)
    for name in ("up", "prometheus_notifications_dropped_total", "ALERTS", "aether_service_upper"):
        assert not re.fullmatch(COMMAND_CENTER_SERIES, name), name


def test_the_limits_of_the_builtin_jobs_hold_twice_two_thousand_verticals() -> None:
    jobs = BUILTIN_JOBS
    assert len(jobs) == 4
    for one in jobs:
        assert isinstance(one["sample_limit"], int) and re.fullmatch(r"\d+MB", one["body_size_limit"]), one
    command_center = next(one for one in jobs if one["job_name"] == "aetherlink-command-center")
    page = fleet_page(4000)
    assert sum(not line.startswith("#") for line in page.splitlines()) < command_center["sample_limit"]
    assert len(page) < int(command_center["body_size_limit"].removesuffix("MB")) * 2**20


def fleet_page(number: int) -> str:
    """What Command Center exposes of so many verticals."""
    verticals = []
    for index in range(number):
        series = VerticalSeries(f"a-vertical-with-a-long-name-{index:05}", "staging")
        series.record(0.2, Reason.TIMEOUT)
        series.set_stale(False)
        verticals.append(series)
    writes = {f"key-{index}": 1.0 for index in range(500)}
    return metrics_page("staging", verticals, dict.fromkeys(PLATFORM_TOTALS, 1.0), writes).decode()


def test_command_centers_own_labels_win() -> None:
    jobs = scraped(COMMAND_CENTER, NODE)
    assert jobs["aetherlink-command-center"]["honor_labels"] is True
    assert "honor_labels" not in jobs["node"]


def test_a_job_replaces_the_builtin_one_of_its_name_in_its_place() -> None:
    jobs = config(scrape_jobs_builtin=[COMMAND_CENTER, NODE], scrape_jobs=[job("node"), job("b")])["scrape_configs"]
    assert [entry["job_name"] for entry in jobs] == ["aetherlink-command-center", "node", "b"]
    assert jobs[1]["static_configs"][0]["targets"] == ["10.0.0.1:80"]


def test_a_disabled_job_is_gone_and_its_group_may_be_empty() -> None:
    lonely = {"job_name": "lonely", "groups": ["empty"], "port": 1}
    assert list(scraped(lonely, NODE, scrape_jobs_disabled=["lonely"])) == ["node"]


def test_a_probing_job_may_have_urls_as_targets() -> None:
    relabel = [{"target_label": "__address__", "replacement": "127.0.0.1:9115"}]
    probe = job(static_configs=[{"targets": ["https://example.com/x"]}], relabel_configs=relabel)
    assert scraped(probe)["a"]["static_configs"][0]["targets"] == ["https://example.com/x"]


def test_each_rule_group_is_a_file_and_the_users_replaces_the_builtin() -> None:
    files = prometheus_files(
        params(
            rule_groups_builtin=[group("aetherlink-verticals"), group("b")],
            rule_groups=[group("b", interval="1m"), group("own")],
            rule_groups_disabled=["aetherlink-verticals"],
        )
    )
    assert set(files) == {"prometheus.yml", "rules/b.yml", "rules/own.yml"}
    assert yaml.safe_load(files["rules/b.yml"]) == {"groups": [{"name": "b", "rules": [ALERT], "interval": "1m"}]}
    assert yaml.safe_load(files["prometheus.yml"])["rule_files"] == ["rules/*.yml"]


def test_promql_of_several_lines_stays_readable() -> None:
    text = prometheus_files(params(rule_groups=[group(rules=[{**ALERT, "expr": "up\n  == 0\n"}])]))["rules/own.yml"]
    assert "expr: |\n      up\n        == 0\n" in text


def test_alertmanagers_come_from_groups_or_natively() -> None:
    entries = [{"groups": ["node"], "port": 9093, "scheme": "https"}, {"static_configs": [{"targets": ["am:9093"]}]}]
    assert config(alertmanagers=entries)["alerting"]["alertmanagers"] == [
        {
            "scheme": "https",
            "static_configs": [
                {"targets": ["127.0.0.1:9093"]},
                {"targets": ["10.0.0.12:9093"]},
                {"targets": ["[fd00::6]:9093"]},
            ],
        },
        {"static_configs": [{"targets": ["am:9093"]}]},
    ]


def test_native_sections_pass_through() -> None:
    write = [{"url": "https://tsdb.example/write", "basic_auth": {"username": "u", "password_file": "secrets/w"}}]
    made = config(
        remote_write=write,
        extra_config={"storage": {"tsdb": {"out_of_order_time_window": "5m"}}},
        alert_relabel_configs=[{"regex": "x", "action": "labeldrop"}],
        external_labels={"region": "eu"},
        **{"global": {"query_log_file": "/x"}},
    )
    assert made["remote_write"] == write
    assert made["storage"]["tsdb"]["out_of_order_time_window"] == "5m"
    assert made["alerting"]["alert_relabel_configs"][0]["action"] == "labeldrop"
    assert made["global"]["external_labels"] == {"env": "dev", "region": "eu"}
    assert made["global"]["query_log_file"] == "/x"


def test_the_same_input_gives_the_same_bytes_and_stays_as_it_was() -> None:
    given = params(scrape_jobs=[COMMAND_CENTER, NODE, job()], rule_groups=[group()], alertmanagers=[{**NODE}])
    given["alertmanagers"][0].pop("job_name")
    before = copy.deepcopy(given)
    first = prometheus_files(given)
    assert prometheus_files(given) == first
    assert given == before


def test_values_used_twice_are_written_twice_and_not_as_anchors() -> None:
    shared = [{"targets": ["a:1"]}]
    text = prometheus_files(params(scrape_jobs=[job("a", static_configs=shared), job("b", static_configs=shared)]))
    assert "&id" not in text["prometheus.yml"]


def test_the_order_is_the_users() -> None:
    text = prometheus_files(params(scrape_jobs=[job("zebra", scheme="http", params={}), job("ant")]))["prometheus.yml"]
    places = [text.index(word) for word in ("zebra", "scheme", "params", "ant")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "keys",
    [
        {"scrape_native_histograms": True},  # Prometheus 3.8
        {"a_key_of_tomorrow": {"deep": [1]}, "metrics_path": None},
        {
            "static_configs": [{"targets": ["a:1"], "labels": {"env": "dev", "k8s.cluster.name": "prod"}}]
        },  # Prometheus 3
        {"metric_relabel_configs": [{"regex": "[^[:space:])]+(?i)x", "action": "Drop", "tomorrow": 1}]},
        {"scrape_interval": "soon", "scrape_timeout": "99h", "scheme": "ftp", "sample_limit": "10"},
    ],
)
def test_native_keys_of_a_job_pass_through_whatever_we_know_of_them(keys: dict[str, Any]) -> None:
    made = scraped(job(**keys))["a"]
    own = {**made, "metric_relabel_configs": made["metric_relabel_configs"][:-1]}
    assert {key: own[key] for key in keys} == keys


def test_a_service_discovery_of_a_newer_prometheus_is_a_source_of_targets() -> None:
    found = scraped({"job_name": "sd", "tomorrow_sd_configs": [{"region": "eu"}]})["sd"]
    assert found["tomorrow_sd_configs"] == [{"region": "eu"}]
    assert found["relabel_configs"][0]["target_label"] == "env"


def test_native_keys_of_a_rule_and_its_group_pass_through() -> None:
    rule = {**ALERT, "keep_firing_for": "1h", "tomorrow": 1, "labels": {"my.label": "x"}}
    text = prometheus_files(params(rule_groups=[group(rules=[rule], tomorrow=2)]))["rules/own.yml"]
    assert yaml.safe_load(text)["groups"] == [{"name": "own", "rules": [rule], "tomorrow": 2}]


def test_the_global_section_is_merged_over_ours() -> None:
    own = {"scrape_interval": "60s", "query_log_file": "query.log", "external_labels": {"my.region": "eu"}}
    made = config(external_labels={"shard": "a"}, **{"global": own})["global"]
    assert made["external_labels"] == {"env": "dev", "shard": "a", "my.region": "eu"}
    assert (made["scrape_interval"], made["query_log_file"]) == ("60s", "query.log")
    assert made["evaluation_interval"] == "15s"


def test_any_section_is_merged_with_ours() -> None:
    extra = {
        "tomorrow": {"a": 1},
        "global": {"body_size_limit": "15MB"},
        "scrape_configs": [job("b")],
        "remote_write": [{"url": "https://b.example"}],
    }
    made = config(scrape_jobs=[job()], remote_write=[{"url": "https://a.example"}], extra_config=extra)
    assert made["tomorrow"] == {"a": 1}
    assert made["global"] == {**config()["global"], "body_size_limit": "15MB"}
    assert [one["url"] for one in made["remote_write"]] == ["https://a.example", "https://b.example"]
    assert [one["job_name"] for one in made["scrape_configs"]] == ["a", "b"]


def test_a_job_of_a_section_may_not_bring_command_centers_series_either() -> None:
    made = config(extra_config={"scrape_configs": [job("b")]})["scrape_configs"][0]
    assert made["metric_relabel_configs"][-1]["action"] == "drop"
    assert made["static_configs"][0]["labels"] == {"env": "dev"}


# --- bad input: one sentence with the variable, what is wrong and what to do


@pytest.mark.parametrize("value", [15, "1.5m", "5x", "", True, None, "30m1h", "0s", "-5s"])
def test_durations_that_prometheus_would_not_take(value: Any) -> None:
    assert error(scrape_interval=value).startswith("prometheus_scrape_interval is ")


@pytest.mark.parametrize("value", ["1h30m", "1d", "90s"])
def test_durations_that_prometheus_takes(value: Any) -> None:
    assert config(scrape_interval=value)["global"]["scrape_interval"] == value


def test_an_unknown_parameter_and_a_missing_one() -> None:
    assert 'no parameter "scrape_job" (did you mean "scrape_jobs"?)' in error(scrape_job=[])
    with pytest.raises(ConfigError, match='needs the parameter "hosts"'):
        prometheus_files({"env": "dev", "host": "mon1"})


def test_an_unknown_environment() -> None:
    assert error(env="production").startswith('aether_env is "production": ')


def test_a_name_that_is_there_twice() -> None:
    assert error(scrape_jobs=[job(), job("b"), job()]).startswith(
        'prometheus_scrape_jobs[2] is the scrape job "a" again'
    )
    assert error(rule_groups=[group(), group()]).startswith('prometheus_rule_groups[1] is the rule group "own" again')


def test_disabling_what_does_not_exist_lists_what_does() -> None:
    assert error(scrape_jobs_builtin=[COMMAND_CENTER], scrape_jobs=[NODE], scrape_jobs_disabled=["nodes"]) == (
        'prometheus_scrape_jobs_disabled[0] names the scrape job "nodes", which does not exist (did you mean "node"?): '
        'take it out or name one of "aetherlink-command-center", "node".'
    )
    assert "prometheus_rule_groups_disabled[0]" in error(rule_groups_disabled=["x"])


def test_a_missing_group_names_the_group_the_job_and_three_ways_out() -> None:
    assert error(scrape_jobs=[{**NODE, "groups": ["nodes"]}]) == (
        'prometheus_scrape_jobs[0].groups[0]: the scrape job "node" names the inventory group "nodes", which does not '
        'exist (did you mean "node"?): add hosts to the group, take the group out of the job, or add "node" to '
        "prometheus_scrape_jobs_disabled."
    )


def test_an_empty_group_of_a_builtin_job() -> None:
    sentence = error(scrape_jobs_builtin=[{**NODE, "groups": ["empty"]}])
    assert '"empty", which has no hosts: add hosts to the group, replace the job in prometheus_scrape_jobs' in sentence


def test_a_missing_group_of_alertmanagers() -> None:
    sentence = error(alertmanagers=[{"groups": ["alertmanager"], "port": 9093}])
    assert sentence.startswith("prometheus_alertmanagers[0].groups[0]: ")
    assert "set prometheus_alertmanagers to []" in sentence


def test_another_hosts_loopback_address_would_be_oneself() -> None:
    assert error(scrape_jobs=[{**NODE, "groups": ["elsewhere"]}]).endswith(
        "set aether_address of lo1 to one that mon1 reaches it by."
    )


def test_an_address_that_is_none() -> None:
    assert 'no use for "10.0.0.x/y z" as the address of the host odd1' in error(
        scrape_jobs=[{**NODE, "groups": ["broken"]}]
    )


def test_hosts_of_different_ports_are_each_asked_at_their_own_unless_the_job_has_one() -> None:
    hosts = {"am": [{"name": f"mon{n}", "address": f"10.0.0.{n}", "local": False, "port": 9092 + n} for n in (1, 2)]}
    jobs = [{"job_name": "am", "groups": ["am"]}, {"job_name": "other", "groups": ["am"], "port": 80}]
    seen = config(hosts=hosts, scrape_jobs=jobs, alertmanagers=[{"groups": ["am"]}])
    targets = [[entry["targets"][0] for entry in job["static_configs"]] for job in seen["scrape_configs"]]
    assert targets == [["10.0.0.1:9093", "10.0.0.2:9094"], ["10.0.0.1:80", "10.0.0.2:80"]]
    assert seen["scrape_configs"][0]["static_configs"][1]["labels"]["instance"] == "mon2:9094"
    assert [entry["targets"] for entry in seen["alerting"]["alertmanagers"][0]["static_configs"]] == [
        ["10.0.0.1:9093"],
        ["10.0.0.2:9094"],
    ]


def test_groups_and_port_go_together() -> None:
    assert error(scrape_jobs=[{"job_name": "a", "groups": ["node"]}]).startswith(
        "prometheus_scrape_jobs[0] has no port"
    )
    assert error(scrape_jobs=[{"job_name": "a", "port": 1}]).startswith("prometheus_scrape_jobs[0] has no groups")


def test_a_job_without_targets() -> None:
    assert 'the scrape job "a" has no targets' in error(scrape_jobs=[{"job_name": "a"}])


@pytest.mark.parametrize(
    "target", ["http://a:1", "a:1/metrics", "user:hunter2@a:1", "a b:1", "a:0", "a:70000", "a:http", "fd00::6:9100"]
)
def test_targets_that_are_not_host_and_port(target: str) -> None:
    sentence = error(scrape_jobs=[job(static_configs=[{"targets": [target]}])])
    assert sentence.startswith("prometheus_scrape_jobs[0].static_configs[0].targets[0] is ")
    assert "hunter2" not in sentence


@pytest.mark.parametrize("target", ["a", "a:1", "10.0.0.1:9100", "[fd00::6]:9100", "[fd00::6]", "a_b-c.example:65535"])
def test_targets_that_are(target: str) -> None:
    assert scraped(job(static_configs=[{"targets": [target]}]))["a"]["static_configs"][0]["targets"] == [target]


@pytest.mark.parametrize(
    ("keys", "where", "fix"),
    [
        ({"basic_auth": {"username": "u", "password": "hunter2"}}, "basic_auth.password", "password_file"),
        ({"authorization": {"credentials": "hunter2"}}, "authorization.credentials", "credentials_file"),
        ({"bearer_token": "hunter2"}, "bearer_token", "authorization.credentials_file"),
        ({"oauth2": {"client_secret": "hunter2"}}, "oauth2.client_secret", "client_secret_file"),
        ({"tls_config": {"key": "hunter2"}}, "tls_config.key", "key_file"),
        ({"consul_sd_configs": [{"token": "hunter2"}]}, "consul_sd_configs[0].token", "credentials_file"),
        (
            {"azure_sd_configs": [{"client_secret": "hunter2"}]},
            "azure_sd_configs[0].client_secret",
            "ManagedIdentity",
        ),
        ({"scaleway_sd_configs": [{"secret_key": "hunter2"}]}, "scaleway_sd_configs[0].secret_key", "secret_key_file"),
        ({"tomorrow_sd_configs": [{"api_token": "hunter2"}]}, "tomorrow_sd_configs[0].api_token", "api_token_file"),
        ({"tomorrow_sd_configs": [{"a": {"api_key": "hunter2"}}]}, "tomorrow_sd_configs[0].a.api_key", "api_key_file"),
        ({"http_headers": {"X-Key": {"secrets": ["hunter2"]}}}, 'http_headers["X-Key"].secrets', "files"),
    ],
)
def test_secrets_in_plain_text_are_refused_and_not_shown(keys: dict[str, Any], where: str, fix: str) -> None:
    sentence = error(scrape_jobs=[job(**keys)])
    assert sentence.startswith(f"prometheus_scrape_jobs[0].{where} is a secret in plain text: ")
    assert fix in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"scrape_jobs": [job(proxy_url="http://u:hunter2@p:1")]}, "prometheus_scrape_jobs[0].proxy_url"),
        ({"remote_write": [{"url": "https://u:hunter2@t/write"}]}, "prometheus_remote_write[0].url"),
        (
            {"alertmanagers": [{"http_sd_configs": [{"url": "http://u:hunter2@a/"}]}]},
            "prometheus_alertmanagers[0].http_sd_configs[0].url",
        ),
        (
            {"extra_config": {"remote_read": [{"url": "http://hunter2@a/"}]}},
            "prometheus_extra_config.remote_read[0].url",
        ),
    ],
)
def test_urls_with_credentials_are_refused_and_not_shown(changes: dict[str, Any], where: str) -> None:
    sentence = error(**changes)
    assert sentence.startswith(f"{where} is a URL with credentials in it: ")
    assert "hunter2" not in sentence


def test_names_of_the_users_own_and_what_is_no_value_are_no_secrets() -> None:
    assert scraped(job(params={"token": ["public"]}))["a"]["params"] == {"token": ["public"]}
    discovery = {"secret_key_file": "secrets/s", "access_key": "public", "token": "", "with_token": True}
    scraped(job(scaleway_sd_configs=[discovery], authorization={"credentials_ref": "a"}))


def test_an_external_label_may_not_contradict_the_environment() -> None:
    assert config(external_labels={"env": "dev"})["global"]["external_labels"] == {"env": "dev"}
    assert error(external_labels={"env": "prod"}).startswith('prometheus_external_labels.env is "prod", but ')
    for variable, value in (("global", {}), ("extra_config", {"global": {}})):
        section = value.get("global", value)
        section["external_labels"] = {"env": "prod"}
        assert '.external_labels.env is "prod", but aether_env is "dev"' in error(**{variable: value})


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([], "prometheus_rule_groups[0].rules is empty: add a rule or take the group out."),
        ([{"alert": "A"}], "prometheus_rule_groups[0].rules[0] has no expr: add it."),
        ([{"alert": "A", "expr": 1}], "rules[0].expr is 1, but must be text"),
        ([{"alert": "A", "expr": "1", "labels": {"level": 1}}], "rules[0].labels.level is 1, but must be text"),
        ({"alert": "A"}, "prometheus_rule_groups[0].rules is a mapping, but must be a list"),
    ],
)
def test_bad_rules(rules: Any, sentence: str) -> None:
    assert sentence in error(rule_groups=[{"name": "own", "rules": rules}])


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", ".hidden", "a" * 101, "x*"])
def test_a_rule_groups_name_is_safe_as_a_files(name: str) -> None:
    assert error(rule_groups=[group(name)]).startswith("prometheus_rule_groups[0].name is ")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scrape_jobs": {"a": 1}}, "prometheus_scrape_jobs is a mapping, but must be a list"),
        ({"scrape_jobs": ["node"]}, 'prometheus_scrape_jobs[0] is "node", but must be a mapping'),
        ({"scrape_jobs": [{"groups": ["node"]}]}, "prometheus_scrape_jobs[0] has no job_name"),
        ({"scrape_jobs": [job("")]}, "prometheus_scrape_jobs[0].job_name is empty"),
        ({"scrape_jobs": [{**NODE, "port": 70000}]}, "port is 70000: write a whole number from 1 to 65535"),
        ({"scrape_jobs": [job(relabel_configs=["x"])]}, 'relabel_configs[0] is "x", but must be a mapping'),
        ({"scrape_jobs": [job(static_configs=[{"targets": "a:1"}])]}, 'targets is "a:1", but must be a list'),
        ({"alertmanagers": ["am"]}, 'prometheus_alertmanagers[0] is "am", but must be a mapping'),
        ({"remote_write": ["url"]}, 'prometheus_remote_write[0] is "url", but must be a mapping'),
        ({"global": {"external_labels": "x"}}, 'prometheus_global.external_labels is "x", but must be a mapping'),
        ({"extra_config": {"global": ["x"]}}, "prometheus_extra_config.global is a list, but must be a mapping"),
        ({"external_labels": {"shard": 1}}, "prometheus_external_labels.shard is 1, but must be text"),
        ({"external_labels": {1: "x"}}, "prometheus_external_labels has the key 1, which is not text"),
        ({"scrape_jobs": [{**NODE, "groups": "node"}]}, 'groups is "node", but must be a list'),
    ],
)
def test_wrong_types(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in error(**changes)


def test_a_long_value_is_shown_short() -> None:
    assert len(error(scrape_interval="x" * 5000)) < 250


def test_a_date_that_yaml_made_of_a_text() -> None:
    value = yaml.safe_load("2026-01-01")
    assert "prometheus_scrape_jobs[0].params.d[0] holds a date" in error(scrape_jobs=[job(params={"d": [value]})])


def test_a_rule_that_is_there_twice() -> None:
    record = {"record": "job:up:sum", "expr": "sum by (job) (up)"}
    assert error(rule_groups=[group("own", rules=[record, record])]) == (
        'prometheus_rule_groups[0].rules[1] is the rule "job:up:sum" with the same labels again, after '
        "prometheus_rule_groups[0].rules[0]: rename one of the two, give it other labels, or take it out."
    )
    assert "again, after" in error(rule_groups=[group("own", rules=[ALERT, ALERT])])
    config(rule_groups=[group("own", rules=[record, {**record, "labels": {"a": "b"}}])])
    config(rule_groups=[group("own", rules=[record, {**record, "expr": "up"}])])
    config(rule_groups=[group("own", rules=[ALERT, {**ALERT, "expr": "absent(up)"}])])


def test_a_built_in_job_whose_group_is_missing_is_told_without_a_place_that_is_not_in_the_inventory() -> None:
    lonely = {"job_name": "lonely", "groups": ["nowhere"], "port": 1}
    assert error(scrape_jobs_builtin=[lonely]).startswith(
        'prometheus_scrape_jobs: the built-in scrape job "lonely" names the inventory group "nowhere", which does not '
        "exist"
    )
