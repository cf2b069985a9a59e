# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release changed, in words, from files as the collection's own filters write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager import (
    config as alertmanager,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.command_center import (
    config as command_center,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.demo_verticals import (
    config as demo_verticals,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import config as grafana
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import ini as grafana_ini
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.inbox import config as inbox
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import config as prometheus
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import flags
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.changes import changes, note

from .conftest import Say, differing, facts

HOSTS = {
    "node": [
        {"name": "web1", "address": "10.0.0.1", "local": False},
        {"name": "web2", "address": "10.0.0.2", "local": False},
    ]
}
NODE = {"job_name": "node", "groups": ["node"], "port": 9100}
GATEWAY = {"job_name": "gateway", "static_configs": [{"targets": ["gateway:80"]}]}
RULE = {"alert": "Slow", "expr": "latency > 1", "for": "5m", "labels": {"severity": "warning"}}
SLACK = {"name": "slack", "slack_configs": [{"channel": "#dev", "api_url_file": "/etc/x/slack"}]}
PAGER = {"name": "pager", "pagerduty_configs": [{"routing_key_file": "/etc/x/key"}]}


def of_prometheus(**changes: Any) -> dict[str, str]:
    defaults = {"env": "dev", "host": "mon1", "hosts": HOSTS, "scrape_jobs": [NODE, GATEWAY]}
    return prometheus.files({"alertmanagers": [], **defaults, **changes})


def rules(*given: dict[str, Any], name: str = "own") -> dict[str, str]:
    annotations = {"runbook_url": "https://runbooks.example/x"}
    made = [{**rule, **({"annotations": annotations} if "alert" in rule else {})} for rule in given]
    return of_prometheus(rule_groups=[{"name": name, "rules": made}])


@pytest.mark.parametrize(
    ("new", "phrases"),
    [
        ({"scrape_jobs": [NODE]}, ["job gateway removed (1 target: gateway:80)"]),
        (
            {"scrape_jobs": [NODE, GATEWAY, {**GATEWAY, "job_name": "edge"}]},
            ["job edge added (1 target: gateway:80)"],
        ),
        (
            {"hosts": {"node": HOSTS["node"][:1]}},
            ["job node: target web2:9100 removed"],
        ),
        (
            {"hosts": {"node": [HOSTS["node"][0], {**HOSTS["node"][1], "address": "10.0.0.9"}]}},
            ["job node: target web2:9100: address 10.0.0.2:9100 -> 10.0.0.9:9100"],
        ),
        ({"scrape_jobs": [{**NODE, "scrape_interval": "1m"}, GATEWAY]}, ["job node: scrape_interval added (1m)"]),
        ({"scrape_interval": "30s"}, ["global.scrape_interval 15s -> 30s"]),
        ({"external_labels": {"site": "fra"}}, ["global.external_labels.site added (fra)"]),
        (
            {"alertmanagers": [{"static_configs": [{"targets": ["a:9093", "b:9093"]}]}]},
            ["2 Alertmanagers added: a:9093, b:9093"],
        ),
        ({"remote_write": [{"url": "https://store.example/push"}]}, ["remote write https://store.example/push added"]),
    ],
)
def test_jobs_targets_and_settings_of_prometheus(say: Say, new: dict[str, Any], phrases: list[str]) -> None:
    assert say("prometheus", of_prometheus(), of_prometheus(**new)) == phrases


@pytest.mark.parametrize(
    ("new", "phrases"),
    [
        (rules({**RULE, "for": "10m"}), ["alert Slow: for 5m -> 10m"]),
        (rules({**RULE, "expr": "latency > 2"}), ["alert Slow: expr latency > 1 -> latency > 2"]),
        (rules(RULE, {**RULE, "alert": "Slower"}), ["alert Slower added"]),
        (
            rules({"record": "job:latency:mean", "expr": "avg(latency)"}),
            ["alert Slow removed", "recording rule job:latency:mean added"],
        ),
        (rules(RULE, name="other"), ["rule group other added (Slow)", "rule group own removed (Slow)"]),
        (
            rules({**RULE, "labels": {"severity": "critical"}}),
            ["alert Slow: labels.severity warning -> critical"],
        ),
    ],
)
def test_rules_of_prometheus_by_name(say: Say, new: dict[str, str], phrases: list[str]) -> None:
    assert say("prometheus", rules(RULE), new) == phrases


def test_a_group_of_rules_and_its_tests_are_told_once(say: Say) -> None:
    tests = {"rule_tests/own.yml": "tests: []\n"}

    assert say("prometheus", {}, {"rules/own.yml": rules(RULE)["rules/own.yml"], **tests}) == [
        "rule group own added (Slow)"
    ]
    assert say("prometheus", tests, {"rule_tests/own.yml": "tests: [a]\n"}) == ["tests of the rule group own changed"]


def of_alertmanager(*routes: dict[str, Any], **changes: Any) -> dict[str, str]:
    route = {"receiver": "slack", "group_wait": "30s", "routes": list(routes)}
    return alertmanager.files({"route": route, "receivers": [SLACK, PAGER], **changes})


CRITICAL = {"receiver": "pager", "matchers": ['severity="critical"']}
INFO = {"receiver": "slack", "matchers": ['severity="info"'], "routes": [{"receiver": "pager", "matchers": ['a="b"']}]}


@pytest.mark.parametrize(
    ("new", "phrases"),
    [
        (of_alertmanager(), ['route severity="critical" -> pager removed']),
        (
            of_alertmanager(CRITICAL, INFO),
            ['2 routes added: severity="info" -> slack, severity="info", a="b" -> pager'],
        ),
        (of_alertmanager({**CRITICAL, "receiver": "slack"}), ['route severity="critical": receiver pager -> slack']),
        (
            of_alertmanager({**CRITICAL, "group_wait": "5s"}),
            ['route severity="critical" -> pager: group_wait added (5s)'],
        ),
        (
            of_alertmanager(CRITICAL, route={"receiver": "pager", "group_wait": "30s", "routes": [CRITICAL]}),
            ["route of everything else: receiver slack -> pager"],
        ),
        (
            of_alertmanager(CRITICAL, receivers=[SLACK, PAGER, {"name": "nobody"}]),
            ["receiver nobody added"],
        ),
        (
            of_alertmanager(
                CRITICAL,
                receivers=[{**SLACK, "slack_configs": [{**SLACK["slack_configs"][0], "channel": "#x"}]}, PAGER],
            ),
            ["receiver slack: slack_configs[0].channel #dev -> #x"],
        ),
        (
            of_alertmanager(
                CRITICAL,
                inhibit_rules=[
                    {"source_matchers": ['a="1"'], "target_matchers": ['b="2"', 'c="3"'], "equal": ["env"]},
                ],
            ),
            ['inhibit rule a="1" silences b="2", c="3" added'],
        ),
        (
            of_alertmanager(
                CRITICAL, time_intervals=[{"name": "nights", "time_intervals": [{"weekdays": ["saturday"]}]}]
            ),
            ["time interval nights added"],
        ),
        (of_alertmanager(CRITICAL, **{"global": {"resolve_timeout": "10m"}}), ["global added"]),
        (
            of_alertmanager(
                CRITICAL,
                routing_tests=[{"name": "critical pages", "alert": {"alertname": "A"}, "receivers": ["pager"]}],
            ),
            ["routing test critical pages added"],
        ),
    ],
)
def test_alertmanager_in_words(say: Say, new: dict[str, str], phrases: list[str]) -> None:
    assert say("alertmanager", of_alertmanager(CRITICAL), new) == phrases


def test_the_order_of_routes_is_told(say: Say) -> None:
    assert say("alertmanager", of_alertmanager(CRITICAL, INFO), of_alertmanager(INFO, CRITICAL)) == [
        "the order of the routes changed"
    ]


def test_templates_are_told_by_the_names_that_they_define(say: Say) -> None:
    def defines(**bodies: str) -> dict[str, str]:
        text = "".join(f'{{{{ define "{name}" }}}}{body}{{{{ end }}}}\n' for name, body in bodies.items())
        return of_alertmanager(CRITICAL, templates={"own": text})

    assert say("alertmanager", defines(title="a", text="b"), defines(title="a!", link="c")) == [
        "template link added",
        "template text removed",
        "template title changed",
    ]


def board(*panels: dict[str, Any], **changes: Any) -> dict[str, Any]:
    variables = [{"name": "env", "type": "query", "query": "q"}]
    return {"uid": "fleet", "title": "Fleet", "templating": {"list": variables}, "panels": list(panels), **changes}


def panel(title: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    place = {"x": 0, "y": 0, "w": 1, "h": 1}
    return {"id": number, "title": title, "type": "stat", "targets": [{"expr": title}], "gridPos": place, **changes}


def of_grafana(dashboard: dict[str, Any] | None = None, **changes: Any) -> dict[str, str]:
    params = {
        "env": "dev",
        "host": "mon1",
        "hosts": {"prometheus": [{"name": "mon1", "address": "127.0.0.1", "local": True, "port": 9090}]},
        "ini_builtin": {"users": {"allow_sign_up": False}},
        "secrets": {"admin_password": "a", "secret_key": "b"},
        "scrape_interval": "15s",
        "dashboards": {"Own/fleet.json": dashboard} if dashboard else {},
        "runbook_url": "https://runbooks.example/{alert}",
        "dashboards_interval": 30,
    }
    return grafana.files({**params, **changes}, {})


UP = panel("Up")


@pytest.mark.parametrize(
    ("new", "phrases"),
    [
        (None, ["dashboard Fleet removed"]),
        (board(UP, panel("Down", 2)), ["dashboard Fleet: panel Down added"]),
        (board(), ["dashboard Fleet: panel Up removed"]),
        (board(panel("Up now", targets=UP["targets"])), ["dashboard Fleet: panel Up is now Up now"]),
        (
            board(panel("Up", targets=[{"expr": "up"}], type="gauge")),
            ["dashboard Fleet: panel Up: type stat -> gauge, query changed"],
        ),
        (board(panel("Up", gridPos={"x": 5})), ["dashboard Fleet: panel Up: place changed"]),
        (board(UP, refresh="1m"), ["dashboard Fleet: refresh added (1m)"]),
        (board({"type": "row", "title": "Row", "panels": [UP]}), ["dashboard Fleet: panel Row added"]),
        (board(UP, templating={"list": []}), ["dashboard Fleet: variable env removed"]),
        (board(UP, title="All"), ["dashboard All: title Fleet -> All"]),
    ],
)
def test_dashboards_by_title_and_panel(say: Say, new: dict[str, Any] | None, phrases: list[str]) -> None:
    assert say("grafana", of_grafana(board(UP)), of_grafana(new)) == phrases


def test_a_dashboard_that_came_is_counted(say: Say) -> None:
    assert say("grafana", of_grafana(), of_grafana(board(UP))) == ["dashboard Fleet added (1 panel)"]


def test_data_sources_and_settings_of_grafana(say: Say) -> None:
    source = {"name": "Loki", "uid": "loki", "type": "loki", "url": "http://loki:3100"}
    secured = {**source, "secureJsonData": {"token": "$__file{/etc/aetherlink/grafana/secrets/loki}"}}
    old, new = of_grafana(datasources=[source]), of_grafana(datasources=[{**secured, "url": "http://logs:3100"}])

    assert say("grafana", of_grafana(), old) == [
        "data source Loki added (http://loki:3100)",
        "data source Prometheus removed (http://127.0.0.1:9090)",
    ]
    assert say("grafana", old, new) == [
        "data source Loki: url http://loki:3100 -> http://logs:3100, secureJsonData added"
    ]


def test_grafana_ini_by_section_and_key_without_what_sounds_secret(say: Say) -> None:
    def ini(**sections: Any) -> dict[str, str]:
        return {"grafana.ini": grafana_ini.render(sections)}

    old = ini(
        server={"domain": "a#b", "port": 3000}, smtp={"password": "$__file{/a}"}, **{"auth.basic": {"enabled": True}}
    )
    new = ini(
        server={"domain": "c#d", "port": 3000}, smtp={"password": "$__file{/b}"}, **{"auth.basic": {"enabled": False}}
    )

    assert say("grafana", old, new) == [
        "server.domain a#b -> c#d",
        "smtp.password changed",
        "auth.basic.enabled true -> false",
    ]


def of_command_center(*verticals: dict[str, Any], **changes: Any) -> dict[str, str]:
    return command_center.files({"env": "dev", "host": "mon1", "hosts": {}, "verticals": list(verticals), **changes})


CRM = {"name": "crm", "url": "http://crm/stats"}


def test_verticals_by_name(say: Say) -> None:
    media = {"name": "media", "url": "http://media/stats"}

    assert say("command_center", of_command_center(CRM), of_command_center(CRM, media, interval="20s")) == [
        "vertical media added (http://media/stats)",
        "interval_seconds 15 -> 20",
    ]
    assert say("command_center", of_command_center(CRM), of_command_center({**CRM, "url": "http://crm:81/stats"})) == [
        "vertical crm: url http://crm/stats -> http://crm:81/stats"
    ]


def test_demo_verticals_and_inbox(say: Say) -> None:
    def services(*names: str) -> dict[str, str]:
        made = [{"name": name, "kind": "crm", "port": 8101 + n} for n, name in enumerate(names)]
        return demo_verticals.files({"admin_port": 8100, "services": made})

    assert say("demo_verticals", services("a"), services("a", "b")) == ["service b added (crm on port 8102)"]
    old, new = (inbox.files({"port": 8025, "smtp_port": 1025, "keep": keep}) for keep in (10, 20))
    assert say("inbox", old, new) == ["keep 10 -> 20"]


def release(old: dict[str, str], new: dict[str, str], **changes_: Any) -> list[str]:
    files, texts = differing(old, new)
    return changes("prometheus", facts(files=files, **changes_), texts)


def test_flags_by_name() -> None:
    old = {"flags.env": flags.flags_text({"a": "x", "b": True, "c": ["1", "2"], "web.token": "t", "q": 'a "b" \\c $d'})}
    new = {"flags.env": flags.flags_text({"a": "y", "c": ["1", "3"], "web.token": "u", "q": 'a "b" \\c $d'})}

    assert release(old, new) == ["flag a x -> y", "flag c [1, 2] -> [1, 3]", "flag web.token changed", "flag b removed"]


def test_version_and_method_come_first() -> None:
    settings = {"version": ["2.53.3", "3.5.3"], "method": ["package", "archive"], "restart_on": [["a:1"], ["b:1"]]}

    assert release({"unit/x.service": "a\n"}, {"unit/x.service": "b\n"}, settings=settings) == [
        "version 2.53.3 -> 3.5.3",
        "install method package -> archive",
        "unit/x.service changed (+1 -1 lines)",
    ]
    assert release({}, {}, settings={"restart_on": [["a:1"], ["b:1"]]}) == ["restart on [a:1] -> [b:1]"]


def test_secrets_are_told_by_name_alone() -> None:
    secret = {"secret": True, "old": None, "new": None, "untold": ""}
    files = [
        {**secret, "path": "etc/secrets/pagerduty_key", "change": "changed"},
        {**secret, "path": "etc/secrets/aliases.json", "change": "added"},
    ]

    assert changes("alertmanager", facts(files=files), []) == ["secret pagerduty_key changed", "secret aliases added"]


def test_a_file_whose_text_is_not_given_is_named_with_the_reason() -> None:
    file = {"path": "etc/prometheus.yml", "change": "changed", "secret": False, "old": None, "new": None}

    assert changes("prometheus", facts(files=[{**file, "untold": "it is too large to be compared"}]), []) == [
        "prometheus.yml changed; it is too large to be compared"
    ]


@pytest.mark.parametrize("text", ["{torn", "- a list\n", "scrape_configs: [1]\n", "scrape_configs: {a: 1}\n"])
def test_a_file_of_another_hand_is_told_by_its_lines(say: Say, text: str) -> None:
    assert say("prometheus", of_prometheus(), {**of_prometheus(), "prometheus.yml": text})[0].startswith(
        "prometheus.yml changed (+1 -"
    )


@pytest.mark.parametrize("component", ["alertmanager", "grafana", "command_center", "somebodys_own"])
def test_a_file_that_nobody_has_words_for_is_told_by_its_lines(say: Say, component: str) -> None:
    assert say(component, {"x.conf": "a\nb\n"}, {"x.conf": "a\nc\nd\n", "y.conf": ""}) == [
        "x.conf changed (+2 -1 lines)",
        "y.conf added",
    ]


def test_a_change_without_a_meaning_is_told_by_its_lines(say: Say) -> None:
    old, new = (json.dumps({"verticals": []}, indent=indent) for indent in (1, None))

    assert say("command_center", {"command_center.json": old}, {"command_center.json": new}) == [
        "command_center.json changed (+1 -3 lines)"
    ]


@pytest.mark.parametrize(
    ("release", "sentence"),
    [
        (facts(1), "nothing was active before it"),
        (facts(), "the same content as 0001-aaaaaaaa"),
        (facts(files=[{}]), ""),
        (facts(settings={"version": [1, 2]}), ""),
        (facts(compared=False), "nothing to compare with, 0001-aaaaaaaa is not whole on the host any more"),
        (facts(compared=False, kept=False), ""),
        (facts(compared=False, damaged=True), "its release.json cannot be read"),
    ],
)
def test_where_there_are_no_changes_the_reason_is_told(release: dict[str, Any], sentence: str) -> None:
    assert note(release) == sentence
