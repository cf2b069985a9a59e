# SPDX-License-Identifier: GPL-3.0-or-later
"""How Slack and PagerDuty answer what they are sent, by their documentation.

Slack: incoming webhooks, https://api.slack.com/messaging/webhooks. PagerDuty: Events API v2,
https://developer.pagerduty.com/docs/send-alert-event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
LONGEST_EVENT = 512 << 10  # bytes


def slack_refusal(body: Any) -> str:
    """Slack's word for what is wrong; empty when it takes the message."""
    if not isinstance(body, dict):
        return "invalid_payload"
    return "" if any(body.get(key) for key in ("text", "attachments", "blocks")) else "no_text"


def fingerprint(routing_key: Any) -> str:
    """By which one knows that it is the right key; the key itself is a secret, and everybody may read the messages."""
    return hashlib.sha256(str(routing_key).encode(errors="surrogatepass")).hexdigest()[:32]  # as long as a key


def pagerduty_refusals(body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        yield "the event is not an object"
        return
    if len(str(body.get("routing_key", ""))) != 32:
        yield "'routing_key' has not 32 characters"
    if body.get("event_action") not in ACTIONS:
        yield f"'event_action' is none of {', '.join(ACTIONS)}"
    elif body["event_action"] != "trigger" and not body.get("dedup_key"):
        yield "'dedup_key' is missing"
    if len(str(body.get("dedup_key", ""))) > 255:
        yield "'dedup_key' is longer than 255 characters"
    if body.get("event_action") == "trigger":
        payload = body.get("payload")
        yield from _payload_refusals(payload if isinstance(payload, dict) else {})


def _payload_refusals(payload: dict[str, Any]) -> Iterator[str]:
    for key in ("summary", "source"):
        if not payload.get(key):
            yield f"'payload.{key}' is missing"
    if payload.get("severity") not in SEVERITIES:
        yield f"'payload.severity' is none of {', '.join(SEVERITIES)}"
