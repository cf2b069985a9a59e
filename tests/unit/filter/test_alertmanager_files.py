# SPDX-License-Identifier: GPL-3.0-or-later
"""alertmanager_files: from alertmanager_* variables to alertmanager.yml and templates."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.config import (
    files as alertmanager_files,
)

SLACK = {"name": "slack-dev", "slack_configs": [{"channel": "#dev", "api_url_file": "/etc/x/slack"}]}
PAGER = {"name": "pagerduty-oncall", "pagerduty_configs": [{"routing_key_file": "/etc/x/key"}]}
NIGHTS = {"name": "nights", "time_intervals": [{"times": [{"start_time": "22:00", "end_time": "24:00"}]}]}


def params(**changes: Any) -> dict[str, Any]:
    return {"route": {"receiver": "slack-dev"}, "receivers": [SLACK, PAGER], **changes}


def config(**changes: Any) -> Any:
    return yaml.safe_load(alertmanager_files(params(**changes))["alertmanager.yml"])


def route(**keys: Any) -> dict[str, Any]:
    return {"receiver": "slack-dev", "routes": [{"receiver": "pagerduty-oncall", **keys}]}


def receiver(**keys: Any) -> list[Any]:
    return [SLACK, PAGER, {"name": "x", **keys}]


def error(**changes: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        alertmanager_files(params(**changes))
    sentence = str(raised.value)
    assert sentence.endswith((".", "?")) and "\n" not in sentence
    return sentence


def test_the_sections_are_native_and_empty_ones_left_out() -> None:
    assert config() == {"route": {"receiver": "slack-dev"}, "receivers": [SLACK, PAGER]}


def test_a_whole_configuration_passes_through() -> None:
    tree = route(matchers=['env="prod"'], group_wait="0s", mute_time_intervals=["nights"], **{"continue": True})
    inhibit = [{"source_matchers": ['severity="critical"'], "target_matchers": ['severity="info"'], "equal": ["env"]}]
    smtp = {"smtp_smarthost": "mail:25", "smtp_from": "a@b.example", "smtp_auth_password_file": "/etc/x/smtp"}
    made = config(route=tree, inhibit_rules=inhibit, time_intervals=[NIGHTS], **{"global": smtp})
    assert made["route"] == tree
    assert made["inhibit_rules"] == inhibit
    assert made["time_intervals"] == [NIGHTS]
    assert made["global"] == smtp


@pytest.mark.parametrize(
    "keys",
    [
        {"matchers": ['{"cloud.account.name"="prod"}']},  # Alertmanager 0.27
        {"matchers": ['alertname=~"Kube(?i)pod.*"', 'host=~"web[[:digit:]]+"']},
        {"match": {"env": "prod"}, "group_wait": "30", "a_key_of_tomorrow": 1},
    ],
)
def test_native_keys_of_a_route_pass_through_whatever_we_know_of_them(keys: dict[str, Any]) -> None:
    assert config(route=route(**keys))["route"] == route(**keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"tomorrow_configs": [{"room": "a"}], "slack_configs": [{"channel": "#x"}]},
        {"slack_configs": [{"http_config": {"authorization": {"credentials_file": "/etc/x/bot"}}, "title": "🚨"}]},
        {
            "pagerduty_configs": [
                {"routing_key_file": "/etc/x/key", "details": {"log_file": "{{ .x }}", "firing": None}}
            ]
        },
    ],
)
def test_native_keys_of_a_receiver_pass_through_whatever_we_know_of_them(keys: dict[str, Any]) -> None:
    assert config(receivers=receiver(**keys))["receivers"][2] == {"name": "x", **keys}


def test_time_intervals_and_inhibition_pass_through() -> None:
    spec = {"days_of_month": ["-3:-1"], "months": ["january:march", "december"], "location": "Local", "tomorrow": 1}
    intervals = [{"name": "closing", "time_intervals": [spec]}]
    inhibit = [
        {"source_matchers": [f"{flag}=true"], "target_matchers": [f"cancel_if_{flag}=true"], "equal": [flag]}
        for flag in map("flag{}".format, range(86))
    ]
    made = config(time_intervals=intervals, inhibit_rules=inhibit)
    assert (made["time_intervals"], made["inhibit_rules"]) == (intervals, inhibit)


def test_the_global_section_is_merged_over_that_of_the_mail_variables() -> None:
    ours = {"smtp_smarthost": "mail.example:587", "smtp_from": "a@mail.example"}
    made = config(global_builtin=ours, **{"global": {"resolve_timeout": "5m", "smtp_from": "b@mail.example"}})
    assert made["global"] == {**ours, "resolve_timeout": "5m", "smtp_from": "b@mail.example"}


def test_any_section_is_merged_with_ours() -> None:
    extra = {"tracing": {"endpoint": "a:1"}, "global": {"smtp_hello": "a"}, "receivers": [{"name": "more"}]}
    made = config(extra_config=extra, route={"receiver": "more"})
    assert made["tracing"] == {"endpoint": "a:1"} and made["global"] == {"smtp_hello": "a"}
    assert [one["name"] for one in made["receivers"]] == ["slack-dev", "pagerduty-oncall", "more"]


def test_templates_are_files_of_their_own_and_keep_their_braces() -> None:
    text = '{{ define "t" }}{{ .CommonLabels.env }}{{ end }}'
    files = alertmanager_files(params(templates={"slack": text, "mail.tmpl": "x\n"}))
    assert files["templates/slack.tmpl"] == text + "\n"
    assert files["templates/mail.tmpl"] == "x\n"
    assert yaml.safe_load(files["alertmanager.yml"])["templates"] == ["templates/*.tmpl"]


def test_the_same_input_gives_the_same_bytes_and_stays_as_it_was() -> None:
    given = params(templates={"a": "b"}, time_intervals=[NIGHTS])
    before = copy.deepcopy(given)
    assert alertmanager_files(given) == alertmanager_files(given)
    assert given == before


def test_a_receiver_that_does_not_exist() -> None:
    assert error(route=route(routes=[{"receiver": "pagerduty-oncal"}])) == (
        'alertmanager_route.routes[0].routes[0].receiver names the receiver "pagerduty-oncal", which '
        'alertmanager_receivers does not have (did you mean "pagerduty-oncall"?): '
        'add it there or name one of "slack-dev", "pagerduty-oncall".'
    )


def test_a_time_interval_that_does_not_exist() -> None:
    sentence = error(route=route(active_time_intervals=["night"]), time_intervals=[NIGHTS])
    assert sentence.startswith('alertmanager_route.routes[0].active_time_intervals[0] names the time interval "night"')


def test_names_are_unique() -> None:
    assert error(receivers=[SLACK, PAGER, SLACK]).startswith(
        'alertmanager_receivers[2] is the receiver "slack-dev" again'
    )
    assert error(time_intervals=[NIGHTS, NIGHTS]).startswith("alertmanager_time_intervals[1] is the time interval")


def test_there_is_a_receiver() -> None:
    assert error(receivers=[]).startswith("alertmanager_receivers is empty")


@pytest.mark.parametrize(
    ("changes", "where", "fix"),
    [
        (
            {"receivers": receiver(slack_configs=[{"api_url": "https://hunter2"}])},
            "slack_configs[0].api_url",
            "api_url_file",
        ),
        (
            {"receivers": receiver(pagerduty_configs=[{"routing_key": "hunter2"}])},
            "pagerduty_configs[0].routing_key",
            "routing_key_file",
        ),
        (
            {"receivers": receiver(pagerduty_configs=[{"service_key": "hunter2"}])},
            "pagerduty_configs[0].service_key",
            "service_key_file",
        ),
        (
            {"receivers": receiver(email_configs=[{"auth_password": "hunter2"}])},
            "email_configs[0].auth_password",
            "auth_password_file",
        ),
        (
            {"receivers": receiver(opsgenie_configs=[{"api_key": "hunter2"}])},
            "opsgenie_configs[0].api_key",
            "api_key_file",
        ),
        (
            {"receivers": receiver(telegram_configs=[{"bot_token": "hunter2"}])},
            "telegram_configs[0].bot_token",
            "bot_token_file",
        ),
        (
            {"receivers": receiver(discord_configs=[{"webhook_url": "https://hunter2"}])},
            "discord_configs[0].webhook_url",
            "webhook_url_file",
        ),
        (
            {"receivers": receiver(webhook_configs=[{"http_config": {"basic_auth": {"password": "hunter2"}}}])},
            "webhook_configs[0].http_config.basic_auth.password",
            "password_file",
        ),
        (
            {"receivers": receiver(webhook_configs=[{"http_config": {"authorization": {"credentials": "hunter2"}}}])},
            "webhook_configs[0].http_config.authorization.credentials",
            "credentials_file",
        ),
    ],
)
def test_secrets_in_plain_text_are_refused_and_not_shown(changes: dict[str, Any], where: str, fix: str) -> None:
    sentence = error(**changes)
    assert sentence == (
        f"alertmanager_receivers[2].{where} is a secret in plain text: "
        f"put it into alertmanager_secrets and name its file in {fix}."
    )


@pytest.mark.parametrize("key", ["smtp_auth_password", "slack_api_url", "opsgenie_api_key", "victorops_api_key"])
def test_global_secrets_are_refused_too(key: str) -> None:
    sentence = error(**{"global": {key: "hunter2"}})
    assert sentence.startswith(f"alertmanager_global.{key} is a secret in plain text") and f"{key}_file" in sentence
    assert "hunter2" not in sentence


def test_what_only_looks_like_a_secret_passes() -> None:
    harmless: list[dict[str, Any]] = [
        {"victorops_configs": [{"routing_key": "team"}]},
        {"webhook_configs": [{"url": "http://127.0.0.1:9/x"}]},
        {"opsgenie_configs": [{"api_url": "https://api.opsgenie.example/", "api_key_file": "/etc/x/key"}]},
        {"pagerduty_configs": [{"routing_key_file": "/etc/x/key", "details": {"password": "{{ .CommonLabels.env }}"}}]},
    ]
    for keys in harmless:
        assert config(receivers=receiver(**keys))["receivers"][2] == {"name": "x", **keys}


def test_urls_with_credentials_are_refused_and_not_shown() -> None:
    sentence = error(receivers=receiver(webhook_configs=[{"url": "https://u:hunter2@a/"}]))
    assert sentence.startswith("alertmanager_receivers[2].webhook_configs[0].url is a URL with credentials in it")
    assert "url_file" in sentence and "hunter2" not in sentence


def test_files_of_secrets_are_named_by_whole_paths() -> None:
    sentence = error(receivers=receiver(slack_configs=[{"api_url_file": "secrets/slack"}]))
    assert sentence.startswith(
        'alertmanager_receivers[2].slack_configs[0].api_url_file is "secrets/slack", but must be'
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"route": route(routes="x")}, 'alertmanager_route.routes[0].routes is "x", but must be a list'),
        ({"route": route(mute_time_intervals="x")}, 'mute_time_intervals is "x", but must be a list'),
        ({"inhibit_rules": ["x"]}, 'alertmanager_inhibit_rules[0] is "x", but must be a mapping'),
        (
            {"extra_config": {"receivers": ["x"]}},
            'alertmanager_extra_config.receivers[0] is "x", but must be a mapping',
        ),
        ({"extra_config": {"global": {"slack_api_url": "hunter2"}}}, "global.slack_api_url is a secret in plain text"),
        ({"receivers": [{"slack_configs": []}]}, "alertmanager_receivers[0] has no name"),
        ({"templates": {"../x": "y"}}, 'the name of a template in alertmanager_templates is "../x"'),
        ({"templates": {"a": 1}}, "alertmanager_templates.a is 1, but must be text"),
        ({"templates": {"a": "x", "a.tmpl": "y"}}, "which are one file"),
        ({"receiver": []}, 'has no parameter "receiver" (did you mean "receivers"?)'),
    ],
)
def test_bad_input(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in error(**changes)


# --- routes, inhibition and secrets that could not work

MAIL = {"to": "a@b.example", "from": "c@b.example", "smarthost": "mail.example:587"}


def test_inhibition_about_everything() -> None:
    for side, matching in (("target", "source_matchers"), ("source", "target_match")):
        sentence = error(inhibit_rules=[{matching: ['n="A"']}])
        assert sentence.startswith(f"alertmanager_inhibit_rules[0] has no {side}_matchers")


def test_a_login_to_a_mail_server_without_its_password() -> None:
    sentence = error(receivers=receiver(email_configs=[{**MAIL, "auth_username": "u"}]))
    assert sentence.startswith('alertmanager_receivers[2].email_configs[0] of "x" has a user name and no auth_password')
    login = {"smtp_auth_username": "u", "smtp_auth_password_file": "/etc/x/smtp"}
    config(receivers=receiver(email_configs=[MAIL]), **{"global": login})


# --- routing tests


def test_routing_tests_go_with_the_configuration_that_they_are_asked_of() -> None:
    test = {"name": "all", "alert": {"env": "prod"}, "receivers": ["slack-dev"]}
    made = json.loads(alertmanager_files(params(routing_tests=[test]))["routing_tests.json"])
    assert made == {"config": config(), "tests": [test]}


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        ({"name": "x", "alert": {}}, "expects nothing: add receivers, inhibited, grouped, or at with muted."),
        ({"alert": {}}, " has no name: add it."),
        ({"name": "x", "alert": {}, "inhibited": True}, ".inhibited needs firing: add it."),
        ({"name": "x", "alert": {}, "receivers": ["slack-dev"], "muted": ["slack-dev"]}, ".muted needs at: add it."),
        ({"name": "x", "alert": {}, "at": "2026-11-24T10:00:00Z"}, ".at needs receivers: add it."),
        (
            {"name": "x", "alert": {}, "receivers": ["slack-dev"], "at": "at night"},
            "which is not a moment: write it with",
        ),
        ({"name": "x", "alert": {}, "receivers": ["slack-dev"], "at": "2026-11-24T10:00:00"}, "which is not a moment"),
        ({"name": "x", "alert": {}, "receivers": ["slack-dv"]}, 'names the receiver "slack-dv", which'),
    ],
)
def test_a_routing_test_that_says_nothing_is_refused(test: dict[str, Any], sentence: str) -> None:
    found = error(routing_tests=[test])
    assert found.startswith("alertmanager_routing_tests[0]")
    assert sentence in found


TEMPLATE = (Path(__file__).parents[3] / "roles/alertmanager/files/templates/aetherlink.tmpl").read_text()
RECEIVERS = (Path(__file__).parents[3] / "roles/alertmanager/vars/main/receivers.yml").read_text()
ACTION = re.compile(r"\{\{-? *((?!/\*|[ -]).*?)\s*-?\}\}", re.DOTALL)
CONTROL = tuple("\x00\x1b\x7f\x9b\u2028\u202e\u2066")


def test_what_an_alert_says_is_written_by_the_templates_that_escape_it_alone() -> None:
    """The scenario `alerting` sends a hostile alert through them; this finds the place that was forgotten."""
    actions = ACTION.findall(TEMPLATE) + [a for a in ACTION.findall(RECEIVERS) if a.startswith((".", "template"))]
    written = [a for a in actions if not re.match(r"(define|end|else|if|with|range)\b|\$\w+ :?=", a)]
    assert {a for a in written if not a.startswith("template ") and "reReplaceAll" not in a} == {
        ".",  # how many alerts fire
        "$highest",
        "$label.Name",
        "$label.Value | urlquery",
        ".ExternalURL",
        "len .Alerts",
        '.StartsAt.UTC.Format "2006-01-02 15:04 MST"',
    }
    assert TEMPLATE.count("{{ . }}") == TEMPLATE.count("{{ if gt . 1 }}:{{ . }}") == 1
    handed_on = [a for a in written if a.startswith("template ") and re.search("Labels|Annotations", a)]
    assert {a.split('"')[1] for a in handed_on} == {"aetherlink.label"}


@pytest.mark.parametrize("name", ["label", "annotation", "url", "slack.annotation"])
def test_no_template_that_escapes_lets_a_control_character_through(name: str) -> None:
    body = TEMPLATE.partition(f'{{{{- define "aetherlink.{name}" -}}}}')[2].partition("{{- end")[0]
    pattern = re.search(r"`(\[.*?\]\+)`", body)
    assert pattern
    here = re.compile(re.sub(r"\\x\{(\w+)\}", lambda found: f"\\u{int(found[1], 16):04x}", pattern[1]))
    assert all(here.fullmatch(character) for character in CONTROL)
    assert bool(here.fullmatch("\n")) is (name in ("label", "url"))
    assert not here.search("Zürich,東京")
