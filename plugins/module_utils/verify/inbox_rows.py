# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the inbox take messages, by HTTP and by mail, and show them?"""

from __future__ import annotations

import smtplib
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Get, Row, row


def rows(get: Get, wanted: dict[str, Any]) -> list[Row]:
    """wanted: config_sha256; smtp_address and smtp_port, where it is reached on its own host."""
    state, kept = get("/readyz"), get("/api/messages")["messages"]
    current = state["ready"] and state["config_sha256"] == wanted["config_sha256"]
    return [
        row("configuration", "in use", "in use" if current else "another", current),
        row("messages", "shown", f"{len(kept)} kept", True),
        _mail(wanted["smtp_address"], wanted["smtp_port"]),
    ]


def _mail(address: str, port: int) -> Row:
    try:
        with smtplib.SMTP(address, port, timeout=5) as server:
            seen = f"answers {server.noop()[0]}"
    except (OSError, smtplib.SMTPException) as error:
        seen = f"does not answer: {error}"
    return row("mail", "answers 250", seen, seen == "answers 250")
