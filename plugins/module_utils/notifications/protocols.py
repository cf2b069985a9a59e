# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Slack, PagerDuty and mail take, by their documentation: the shape of a message and its limits.

Slack: incoming webhooks, https://api.slack.com/messaging/webhooks and https://api.slack.com/reference/messaging/attachments.
PagerDuty: Events API v2, https://developer.pagerduty.com/docs/send-alert-event. Mail: RFC 5322.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

SLACK_TEXT = 3000  # characters that Slack shows of an attachment's text before it cuts
SLACK_ATTACHMENTS = 100
PAGERDUTY_SUMMARY = 1024  # characters
PAGERDUTY_EVENT = 512 * 1024  # bytes
PAGERDUTY_SEVERITIES = ("critical", "error", "warning", "info")
MAIL_LINE = 998  # characters


def slack(body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        yield "Slack wants a JSON object"
        return
    attachments = body.get("attachments", [])
    if not body.get("text") and not attachments:
        yield "Slack refuses a message without text and attachments (no_text)"
    if len(attachments) > SLACK_ATTACHMENTS:
        yield f"Slack takes {SLACK_ATTACHMENTS} attachments, not {len(attachments)}"
    for attachment in attachments:
        yield from _attachment(attachment)


def _attachment(attachment: dict[str, Any]) -> Iterator[str]:
    if not any(str(attachment.get(key, "")).strip() for key in ("text", "title", "pretext", "fallback")):
        yield "an attachment for Slack has no text"
    if len(attachment.get("text", "")) > SLACK_TEXT:
        yield f"the text for Slack has {len(attachment['text'])} characters, of which it shows {SLACK_TEXT}"
    buttons = [action.get("url") for action in attachment.get("actions", []) if action.get("type") == "button"]
    for url in (*(attachment.get(key) for key in ("title_link", "image_url", "thumb_url")), *buttons):
        if url and not str(url).startswith(("http://", "https://")):
            yield f"a link for Slack is no URL: {url}"


def pagerduty(body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        yield "PagerDuty wants a JSON object"
        return
    if body.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        yield f"PagerDuty knows no event_action {body.get('event_action')!r}"
    if len(str(body.get("routing_key", ""))) != 32:
        yield "PagerDuty wants a routing_key of 32 characters"
    if not 0 < len(str(body.get("dedup_key", ""))) <= 255:
        yield "PagerDuty wants a dedup_key of at most 255 characters"
    if len(json.dumps(body).encode()) > PAGERDUTY_EVENT:
        yield f"PagerDuty takes events of {PAGERDUTY_EVENT} bytes at most"
    if body.get("event_action") == "trigger" or body.get("payload"):
        yield from _payload(body.get("payload") or {})
    for link in body.get("links", []):
        if not str(link.get("href", "")).startswith(("http://", "https://")):
            yield "a link for PagerDuty is no URL"


def _payload(payload: dict[str, Any]) -> Iterator[str]:
    if not 0 < len(str(payload.get("summary", ""))) <= PAGERDUTY_SUMMARY:
        yield f"PagerDuty wants a summary of at most {PAGERDUTY_SUMMARY} characters"
    if not payload.get("source"):
        yield "PagerDuty wants a source"
    if payload.get("severity") not in PAGERDUTY_SEVERITIES:
        yield f"PagerDuty knows the severities {', '.join(PAGERDUTY_SEVERITIES)}, not {payload.get('severity')!r}"


def mail(body: Any) -> Iterator[str]:
    if not body["subject"].strip():
        yield "a mail has no subject"
    if "\n" in body["subject"] or len(body["subject"]) > MAIL_LINE:
        yield f"the subject of a mail is not one line of at most {MAIL_LINE} characters"
    if not any(body.get(kind, "").strip() for kind in ("text/plain", "text/html")):
        yield "a mail has no text"


def webhook(body: Any) -> Iterator[str]:
    if not isinstance(body, dict) or not body.get("alerts"):
        yield "a webhook's message has no alerts"


PROBLEMS: dict[str, Callable[[Any], Iterator[str]]] = {
    "slack": slack,
    "pagerduty": pagerduty,
    "email": mail,
    "webhook": webhook,
}
