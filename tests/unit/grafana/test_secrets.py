# SPDX-License-Identifier: GPL-3.0-or-later
"""A dashboard with a secret is found, and one that only talks of secrets is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_secrets import secrets

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4"


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"password": "hunter2"}, "password"),
        ({"panels": [{"targets": [{"apiKey": "abc"}]}]}, "panels[0].targets[0].apiKey"),
        ({"a": {"access_token": "abc"}}, "a.access_token"),
        ({"secureJsonData": {"basicAuthPassword": "abc"}}, "secureJsonData.basicAuthPassword"),
        ({"headers": [{"key": "Authorization", "value": "abc"}]}, "headers[0].value"),
        ({"params": [{"name": "X-Api-Key", "value": "abc"}]}, "params[0].value"),
        ({"content": "curl -H 'Authorization: Bearer abc123def'"}, "content"),
        ({"content": "Bearer abcdefghijklmnopqrst"}, "content"),
        ({"content": "Basic YWRtaW46YWRtaW4="}, "content"),
        ({"url": "https://user:pw@db.example/x"}, "url"),
        ({"url": "https://token@git.example/x"}, "url"),
        ({"url": "https://x.example/?a=1&token=abcdef123"}, "url"),
        ({"text": "see hooks.slack.com/services/T0/B0/x"}, "text"),
        ({"text": "xoxb-" + "1234-5678-abcd"}, "text"),
        ({"text": "glsa_" + "abcdefghijklmnopqrstuv_12345678"}, "text"),
        ({"text": "ghp_" + "a" * 36}, "text"),
        ({"text": "AKIA" + "A1B2C3D4E5F6G7H8"}, "text"),
        ({"text": f"x {JWT} y"}, "text"),
        ({"text": "-----BEGIN RSA PRIVATE KEY-----\nMII"}, "text"),
        ({"a": {"https://u:p@h.example/": 1}}, "a"),
        ({"transformations": [{"options": {"renameByName": {"a": "Bearer abc123def"}}}]}, None),
    ],
)
def test_secrets_are_found_with_their_place(value: Any, place: str | None) -> None:
    (found,) = secrets(value)

    assert place is None or found[0] == place
    assert found[1]


@pytest.mark.parametrize(
    "value",
    [
        {"password": ""},
        {"password": None},
        {"password": "$password"},
        {"token": "${token:raw}"},
        {"showToken": True, "secretCount": 3},
        {"renameByName": {"token": "Token", "api_key": "API key"}},
        {"templating": {"list": [{"name": "api_key", "type": "custom", "value": "crm"}]}},
        {"expr": 'sum by (key) (rate(aether_attribution_writes_total{key=~"$key"}[5m]))'},
        {"title": "Basic information about bearer tokens", "description": "Basic authentication; the bearer of news"},
        {"url": "/d/fleet?var-key=${__data.fields.key}&token=${token}"},
        {"url": "https://grafana.example:3000/d/fleet"},
        {"url": "mailto://"},
        {"text": "a: b@c"},
        {"steps": [{"color": "green", "value": None}]},
    ],
)
def test_what_is_no_secret_is_left_alone(value: Any) -> None:
    assert list(secrets(value)) == []


def test_a_place_does_not_tell_a_key_that_is_a_secret() -> None:
    ((place, _), *_rest) = secrets({"a": {"https://u:hunter2@h.example/": "https://u:hunter2@h.example/"}})

    assert "hunter2" not in place
    assert all("hunter2" not in where for where, _ in _rest)
