# SPDX-License-Identifier: GPL-3.0-or-later
"""Each receiver's notifications through a running Alertmanager, to sinks that know what the services accept."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications import template_rendering
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.sinks import Sinks

RECEIVERS: list[dict[str, Any]] = [
    {
        "name": 'the "chat"',
        "slack_configs": [{"channel": "#a", "title": "{{ .Status }}", "text": "down", "api_url_file": "/secret"}],
    },
    {
        "name": "oncall",
        "pagerduty_configs": [{"routing_key_file": "/secret", "severity": "critical", "description": "down"}],
        "email_configs": [{"to": "oncall@a.example", "headers": {"Subject": "down"}, "text": "down", "html": ""}],
    },
    {"name": "watchdog", "webhook_configs": [{"url_file": "/secret", "send_resolved": False}]},
]


def problems(programs: Path, receivers: list[dict[str, Any]], templates: Path) -> list[str]:
    config = {"receivers": receivers, "route": {"receiver": "chat"}}
    return template_rendering.problems(programs, config, templates, getpass.getuser())


def test_messages_that_all_arrive_as_they_should_say_nothing(programs: Path, tmp_path: Path) -> None:
    assert problems(programs, [{**RECEIVERS[0], "name": "chat"}, *RECEIVERS[1:]], tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "change", "sentence"),
    [
        ("slack", {"title_link": "/d/fleet", "send_resolved": True}, "a link for Slack is no URL: /d/fleet"),
        ("slack", {"text": "x" * 3001}, "the text for Slack has 3001 characters, of which it shows 3000"),
        ("pagerduty", {"severity": "bad"}, "PagerDuty rejects the event: 'payload.severity' is none of critical, "),
        ("email", {"headers": {"Subject": ""}}, "a mail has no subject"),
    ],
)
def test_a_message_that_would_not_arrive_is_a_sentence_with_its_receiver(
    programs: Path, tmp_path: Path, kind: str, change: dict[str, Any], sentence: str
) -> None:
    key = f"{kind}_configs"
    good = next(receiver[key][0] for receiver in RECEIVERS if key in receiver)

    found = problems(programs, [{"name": "team", key: [{**good, **change}]}], tmp_path)

    assert len(found) >= len(template_rendering.CASES)
    assert found[0].startswith(f'receiver "team": {sentence}')


def test_a_template_that_fails_is_a_sentence_with_its_place(programs: Path, tmp_path: Path) -> None:
    broken = {"name": "chat", "slack_configs": [{"fields": [{"title": "a", "value": '{{ template "nowhere" . }}'}]}]}

    found = problems(programs, [broken], tmp_path)

    assert len(found) == len(template_rendering.CASES)
    assert found[0].startswith('receiver "chat", slack_configs[0].fields[0].value: ')
    assert 'template "nowhere" not defined' in found[0]


def test_receivers_that_tell_nobody_need_no_alertmanager(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "amtool").symlink_to(programs / "amtool")

    assert problems(tmp_path, [{"name": "nobody"}], tmp_path) == []


def test_a_notification_that_does_not_come_is_a_sentence(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sinks, "url", lambda *_: "http://127.0.0.1:1/")

    (found,) = problems(programs, [RECEIVERS[2]], tmp_path)

    assert found.startswith('receiver "watchdog" by webhook: ') and "refused" in found


def test_nothing_of_a_receiver_but_its_message_is_in_the_configuration(tmp_path: Path) -> None:
    made = template_rendering.configuration({"receivers": RECEIVERS}, tmp_path, Sinks(80, 25, "token"))

    chat, oncall, watchdog = made["receivers"]
    assert "/secret" not in str(made) and "oncall@a.example" not in str(made)
    assert chat["slack_configs"][0]["title"] == "{{ .Status }}"
    assert chat["slack_configs"][0]["api_url"] == "http://127.0.0.1:80/token/slack/the%20%22chat%22"
    assert oncall["email_configs"][0]["headers"] == {"Subject": "down", "X-Aetherlink-Receiver": "oncall"}
    assert watchdog["webhook_configs"][0]["send_resolved"] is False
    assert made["route"]["routes"][0]["matchers"] == ['aetherlink_receiver="the \\"chat\\""']
