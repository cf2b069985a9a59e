# SPDX-License-Identifier: GPL-3.0-or-later
"""The page for people: the newest messages, readable."""

from __future__ import annotations

from datetime import datetime, timezone
from html import escape
from typing import Any

from .messages import Message

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Inbox</title><meta http-equiv="refresh" content="15">
<style>body {{ font-family: sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
article {{ border-left: 4px solid #888; margin: 1rem 0; padding: 0.1rem 1rem; background: #f4f4f4 }}
pre {{ white-space: pre-wrap }} small {{ color: #555 }}</style></head><body>
<h1>Inbox</h1>
<p>A double of Slack, PagerDuty and a mail server. Nothing here was sent to anybody. It keeps messages until it is
restarted; the newest are first. As JSON: <a href="/api/messages">/api/messages</a></p>
{articles}
</body></html>
"""


def html(messages: list[Message]) -> bytes:
    page = _PAGE.format(articles="\n".join(map(_article, messages)) or "<p>No message has come yet.</p>")
    return page.encode(errors="replace")  # JSON may hold half a character, UTF-8 may not


def _article(message: Message) -> str:
    title, text = _readable(message)
    at = datetime.fromtimestamp(message.at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f"<article><h3>{escape(title)}</h3><small>{escape(message.kind)} to {escape(message.receiver)}, {at}</small>"
        f"<pre>{escape(text)}</pre></article>"
    )


def _readable(message: Message) -> tuple[str, str]:
    """Title and text, wherever the kind of message has them."""
    body: dict[str, Any] = message.body if isinstance(message.body, dict) else {}
    if message.kind == "slack":
        attachments = body.get("attachments")
        first = attachments[0] if isinstance(attachments, list) and attachments else {}
        shown = first if isinstance(first, dict) else {}
        return str(shown.get("title") or body.get("text") or "Slack"), str(shown.get("text", ""))
    if message.kind == "pagerduty":
        payload = body.get("payload")
        summary = payload.get("summary") if isinstance(payload, dict) else None  # whoever resolves needs none
        return f"{body.get('event_action')}: {summary or body.get('dedup_key')}", ""
    if message.kind == "email":
        return str(body.get("subject")), str(body.get("text/plain", ""))
    labels = body.get("commonLabels")
    shown_labels = ", ".join(f"{key}={value}" for key, value in labels.items()) if isinstance(labels, dict) else ""
    return f"{body.get('status', 'webhook')} {shown_labels}", ""
