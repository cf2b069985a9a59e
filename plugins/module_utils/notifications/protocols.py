# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Slack, PagerDuty and mail accept, by their documentation: the shape of a message and its limits.

The check of a release and the inbox, into which this file is packed, both go by it: what a service rejects, the inbox
rejects with its words; the check of a release also wants what the service accepts and does not show.

Slack: incoming webhooks, https://api.slack.com/messaging/webhooks, https://api.slack.com/reference/messaging/attachments
and https://api.slack.com/reference/block-kit/blocks. PagerDuty: Events API v2,
https://developer.pagerduty.com/docs/send-alert-event. Mail: RFC 5322.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

SLACK_TEXT = 40_000  # characters of a message's text, then Slack cuts it
SLACK_ATTACHMENT_TEXT = 3000  # characters that Slack shows of an attachment's text before it cuts
SLACK_ATTACHMENTS = 100
SLACK_BLOCKS = 50
PAGERDUTY_SUMMARY = 1024  # characters
PAGERDUTY_DEDUP_KEY = 255  # characters
PAGERDUTY_ROUTING_KEY = 32  # characters
PAGERDUTY_EVENT = 512 << 10  # bytes
PAGERDUTY_ACTIONS = ("trigger", "acknowledge", "resolve")
PAGERDUTY_SEVERITIES = ("critical", "error", "warning", "info")
MAIL_LINE = 998  # characters


class Problem(NamedTuple):
    """sentence: for a person. answer: the service's own words if it rejects the message, empty if it accepts it."""

    sentence: str
    answer: str = ""


def problems(kind: str, body: Any) -> list[str]:
    """Sentences about a message, none when all of it arrives. kind: slack, pagerduty, email or webhook."""
    return [problem.sentence for problem in _RULES[kind](body)]


def rejections(kind: str, body: Any) -> list[str]:
    """The service's answers to a message that it rejects, none when it accepts it."""
    return [problem.answer for problem in _RULES[kind](body) if problem.answer]


def _slack(body: Any) -> Iterator[Problem]:
    if not isinstance(body, dict):
        yield Problem("Slack rejects what is no JSON object", "invalid_payload")
        return
    if not any(body.get(key) for key in ("text", "attachments", "blocks")):
        yield Problem("Slack rejects a message without text, attachments and blocks", "no_text")
    if len(_text(body, "text")) > SLACK_TEXT:
        yield Problem(f"Slack cuts the text of {len(body['text'])} characters after {SLACK_TEXT}")
    blocks, attachments = _objects(body.get("blocks")), _objects(body.get("attachments"))
    if blocks is None:
        yield Problem("Slack rejects blocks that are no list of objects", "invalid_blocks")
    elif len(blocks) > SLACK_BLOCKS:
        yield Problem(f"Slack accepts {SLACK_BLOCKS} blocks, not {len(blocks)}", "invalid_blocks")
    if attachments is None:
        yield Problem("Slack rejects attachments that are no list of objects", "invalid_attachments")
    elif len(attachments) > SLACK_ATTACHMENTS:
        yield Problem(f"Slack accepts {SLACK_ATTACHMENTS} attachments, not {len(attachments)}", "too_many_attachments")
    for attachment in attachments or []:
        yield from _attachment(attachment)


def _attachment(attachment: dict[str, Any]) -> Iterator[Problem]:
    texts = [_text(attachment, key).strip() for key in ("text", "title", "pretext", "fallback")]
    if not any(texts) and not attachment.get("blocks"):
        yield Problem("an attachment for Slack has no text")
    if len(_text(attachment, "text")) > SLACK_ATTACHMENT_TEXT:
        yield Problem(
            f"the text for Slack has {len(attachment['text'])} characters, of which it shows {SLACK_ATTACHMENT_TEXT}"
        )
    for url in (attachment.get(key) for key in ("title_link", "image_url", "thumb_url")):
        if url and not _is_url(url):
            yield Problem(f"a link for Slack is no URL: {url}")
    for action in _objects(attachment.get("actions")) or []:
        if action.get("type") == "button" and action.get("url") and not _is_url(action["url"]):
            yield Problem(f"a Slack button has no valid URL: {action['url']}", "invalid_attachments")


def _pagerduty(body: Any) -> Iterator[Problem]:
    if not isinstance(body, dict):
        yield _rejected_event("the event is not an object")
        return
    yield from _event(body, body.get("event_action"), body.get("dedup_key"))
    if _size(body) > PAGERDUTY_EVENT:
        yield _rejected_event(f"the event is longer than {PAGERDUTY_EVENT} bytes")
    # PagerDuty reads the payload of a trigger alone.
    is_read = body.get("event_action") == "trigger"
    if is_read or body.get("payload"):
        for problem in _payload(body.get("payload")):
            yield problem if is_read else Problem(f"PagerDuty would reject this payload in a trigger: {problem.answer}")
    for link in _objects(body.get("links")) or []:
        if not _is_url(link.get("href")):
            yield Problem("a link for PagerDuty is no URL")
    for image in _objects(body.get("images")) or []:
        if not _text(image, "src").startswith("https://"):
            yield Problem("an image for PagerDuty is not served by HTTPS")


def _event(body: dict[str, Any], action: Any, key: Any) -> Iterator[Problem]:
    if len(_text(body, "routing_key")) != PAGERDUTY_ROUTING_KEY:
        yield _rejected_event(f"'routing_key' has not {PAGERDUTY_ROUTING_KEY} characters")
    if action not in PAGERDUTY_ACTIONS:
        yield _rejected_event(f"'event_action' is none of {', '.join(PAGERDUTY_ACTIONS)}")
    elif action != "trigger" and not key:
        yield _rejected_event("'dedup_key' is missing")
    elif not key:
        yield Problem("PagerDuty makes a dedup_key for an event without one, and nothing resolves that event")
    if len(str(key or "")) > PAGERDUTY_DEDUP_KEY:
        yield _rejected_event(f"'dedup_key' is longer than {PAGERDUTY_DEDUP_KEY} characters")


def _payload(payload: Any) -> Iterator[Problem]:
    given = payload if isinstance(payload, dict) else {}
    for key in ("summary", "source"):
        if not given.get(key):
            yield _rejected_event(f"'payload.{key}' is missing")
    if len(str(given.get("summary", ""))) > PAGERDUTY_SUMMARY:
        yield _rejected_event(f"'payload.summary' is longer than {PAGERDUTY_SUMMARY} characters")
    if given.get("severity") not in PAGERDUTY_SEVERITIES:
        yield _rejected_event(f"'payload.severity' is none of {', '.join(PAGERDUTY_SEVERITIES)}")


def _rejected_event(answer: str) -> Problem:
    return Problem(f"PagerDuty rejects the event: {answer}", answer)


def _mail(body: Any) -> Iterator[Problem]:
    """A mail server accepts any mail; these have nothing to read."""
    subject = _text(body, "subject")
    if not subject.strip():
        yield Problem("a mail has no subject")
    if "\n" in subject or len(subject) > MAIL_LINE:
        yield Problem(f"the subject of a mail is not one line of at most {MAIL_LINE} characters")
    if not any(_text(body, kind).strip() for kind in ("text/plain", "text/html")):
        yield Problem("a mail has no text")


def _webhook(body: Any) -> Iterator[Problem]:
    """Whose it is, nobody knows here: this is what Alertmanager sends."""
    if not isinstance(body, dict) or not body.get("alerts"):
        yield Problem("a webhook's message has no alerts")


_RULES: dict[str, Callable[[Any], Iterator[Problem]]] = {
    "slack": _slack,
    "pagerduty": _pagerduty,
    "email": _mail,
    "webhook": _webhook,
}


def _text(body: dict[str, Any], key: str) -> str:
    found = body.get(key)
    return found if isinstance(found, str) else ""


def _objects(value: Any) -> list[dict[str, Any]] | None:
    """Empty for what is not there; None for what is no list of objects."""
    if not value:
        return []
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else None


def _is_url(value: Any) -> bool:
    return str(value).startswith(("http://", "https://"))


def _size(body: Any) -> int:
    """Bytes of the JSON, as short as it can be written."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))
