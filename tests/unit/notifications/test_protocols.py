# SPDX-License-Identifier: GPL-3.0-or-later
"""The one definition of what Slack, PagerDuty and mail accept: each rule, at its limit and one beyond."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.protocols import problems, rejections

EVENT = {
    "routing_key": "0" * 32,
    "event_action": "trigger",
    "dedup_key": "k",
    "payload": {"summary": "s", "source": "here", "severity": "critical"},
}
MAIL = {"subject": "down", "text/plain": "crm is down"}


def event(**payload: Any) -> dict[str, Any]:
    return {**EVENT, "payload": {**EVENT["payload"], **payload}}  # type: ignore[dict-item]


def slack(**attachment: Any) -> dict[str, Any]:
    return {"attachments": [{"text": "crm is down", **attachment}]}


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x" * 40_000},
        {"blocks": [{"type": "divider"}] * 50},
        {"attachments": [{"title": "t"}] * 100},
        {"attachments": [{"blocks": [{"type": "divider"}]}]},
        slack(text="x" * 3000, title_link="https://a.example", actions=[{"type": "button", "url": "http://a.example"}]),
        slack(fields=None, actions=None, image_url=""),
    ],
)
def test_what_slack_accepts_and_shows_has_no_problem(body: Any) -> None:
    assert problems("slack", body) == rejections("slack", body) == []


@pytest.mark.parametrize(
    ("body", "answer", "sentence"),
    [
        ("text", "invalid_payload", "Slack rejects what is no JSON object"),
        ({}, "no_text", "Slack rejects a message without text, attachments and blocks"),
        ({"text": "", "attachments": [], "blocks": []}, "no_text", "Slack rejects a message without text"),
        ({"blocks": [{}] * 51}, "invalid_blocks", "Slack accepts 50 blocks, not 51"),
        ({"blocks": "odd"}, "invalid_blocks", "Slack rejects blocks that are no list of objects"),
        ({"attachments": [{"text": "t"}] * 101}, "too_many_attachments", "Slack accepts 100 attachments, not 101"),
        ({"attachments": ["odd"]}, "invalid_attachments", "Slack rejects attachments that are no list of objects"),
        (
            slack(actions=[{"type": "button", "url": "javascript:alert(1)"}]),
            "invalid_attachments",
            "a Slack button has no valid URL: javascript:alert(1)",
        ),
    ],
)
def test_what_slack_rejects(body: Any, answer: str, sentence: str) -> None:
    assert rejections("slack", body) == [answer]
    assert problems("slack", body)[0].startswith(sentence)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"text": "x" * 40_001}, "Slack cuts the text of 40001 characters after 40000"),
        (slack(text="x" * 3001), "the text for Slack has 3001 characters, of which it shows 3000"),
        (slack(text=" \n"), "an attachment for Slack has no text"),
        (slack(text=5), "an attachment for Slack has no text"),
        (slack(title_link="/d/fleet"), "a link for Slack is no URL: /d/fleet"),
        (slack(image_url="ftp://a.example"), "a link for Slack is no URL: ftp://a.example"),
        (slack(thumb_url="x"), "a link for Slack is no URL: x"),
    ],
)
def test_what_slack_accepts_and_does_not_show(body: Any, sentence: str) -> None:
    assert (rejections("slack", body), problems("slack", body)) == ([], [sentence])


@pytest.mark.parametrize(
    "body",
    [
        EVENT,
        {**EVENT, "dedup_key": "k" * 255},
        {**EVENT, "event_action": "resolve", "payload": None},
        {**EVENT, "event_action": "acknowledge"},
        event(summary="s" * 1024),
        *(event(severity=severity) for severity in ("critical", "error", "warning", "info")),
        event(custom_details="é" * 250_000),
        {**EVENT, "links": [{"href": "https://a.example"}], "images": [{"src": "https://a.example/x.png"}]},
    ],
)
def test_what_pagerduty_accepts_and_shows_has_no_problem(body: Any) -> None:
    assert problems("pagerduty", body) == rejections("pagerduty", body) == []


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ([], "the event is not an object"),
        ({**EVENT, "routing_key": "0" * 31}, "'routing_key' has not 32 characters"),
        ({**EVENT, "routing_key": None}, "'routing_key' has not 32 characters"),
        ({**EVENT, "event_action": "shout"}, "'event_action' is none of trigger, acknowledge, resolve"),
        ({**EVENT, "event_action": "resolve", "dedup_key": ""}, "'dedup_key' is missing"),
        ({**EVENT, "event_action": "acknowledge", "dedup_key": None}, "'dedup_key' is missing"),
        ({**EVENT, "dedup_key": "k" * 256}, "'dedup_key' is longer than 255 characters"),
        (event(custom_details="é" * 262_144), "the event is longer than 524288 bytes"),
        (event(summary=""), "'payload.summary' is missing"),
        (event(summary="s" * 1025), "'payload.summary' is longer than 1024 characters"),
        (event(source=None), "'payload.source' is missing"),
        (event(severity="bad"), "'payload.severity' is none of critical, error, warning, info"),
    ],
)
def test_what_pagerduty_rejects(body: Any, answer: str) -> None:
    assert rejections("pagerduty", body) == [answer]
    assert problems("pagerduty", body) == [f"PagerDuty rejects the event: {answer}"]


@pytest.mark.parametrize("payload", ["odd", None, {}])
def test_pagerduty_rejects_a_trigger_without_payload_by_each_part(payload: Any) -> None:
    assert len(rejections("pagerduty", {**EVENT, "payload": payload})) == 3


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({**EVENT, "dedup_key": ""}, "PagerDuty makes a dedup_key for an event without one, and nothing resolves"),
        (
            {**event(severity="bad"), "event_action": "resolve"},
            "PagerDuty would reject this payload in a trigger: 'payload.s",
        ),
        ({**EVENT, "links": [{"href": "/x"}]}, "a link for PagerDuty is no URL"),
        ({**EVENT, "links": [{}]}, "a link for PagerDuty is no URL"),
        ({**EVENT, "images": [{"src": "http://a.example/x.png"}]}, "an image for PagerDuty is not served by HTTPS"),
    ],
)
def test_what_pagerduty_accepts_and_does_not_use(body: Any, sentence: str) -> None:
    assert rejections("pagerduty", body) == []
    (found,) = problems("pagerduty", body)
    assert found.startswith(sentence)


@pytest.mark.parametrize("body", [MAIL, {"subject": "s" * 998, "text/html": "<p>"}])
def test_a_mail_that_can_be_read_has_no_problem(body: Any) -> None:
    assert problems("email", body) == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({**MAIL, "subject": " "}, "a mail has no subject"),
        ({**MAIL, "subject": "s" * 999}, "the subject of a mail is not one line of at most 998 characters"),
        ({**MAIL, "subject": "two\nlines"}, "the subject of a mail is not one line of at most 998 characters"),
        ({"subject": "s", "text/plain": "\n"}, "a mail has no text"),
    ],
)
def test_a_mail_that_cannot_be_read_is_accepted_all_the_same(body: Any, sentence: str) -> None:
    assert (rejections("email", body), problems("email", body)) == ([], [sentence])


@pytest.mark.parametrize("body", ["text", {}, {"alerts": []}])
def test_a_webhook_accepts_anything_and_alertmanager_sends_alerts(body: Any) -> None:
    assert problems("webhook", {"alerts": [{}]}) == []
    assert (rejections("webhook", body), problems("webhook", body)) == ([], ["a webhook's message has no alerts"])
