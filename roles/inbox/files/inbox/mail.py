# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail server: SMTP with STARTTLS and a login, as far as it is configured with them."""

from __future__ import annotations

import email
import email.policy
import hmac
import ssl
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .config import ConfigError, Mail
from .messages import Messages

LONGEST = 4 << 20  # bytes of a mail


def tls_context(mail: Mail) -> ssl.SSLContext | None:
    """None without a certificate. Raises ConfigError."""
    if not mail.certificate or not mail.key:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(mail.certificate, mail.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            str(mail.certificate), f"and its key cannot be used ({error})", "give a certificate and its key, both PEM"
        ) from None
    return context


class _Conversation(SMTP):
    # What mail servers ask; Alertmanager answers nothing else.
    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"


class MailServer:
    """Makes an SMTP conversation for each connection, and keeps the mails."""

    def __init__(self, mail: Mail, messages: Messages) -> None:
        self._mail, self._messages, self._tls = mail, messages, tls_context(mail)

    def conversation(self) -> SMTP:
        login = bool(self._mail.username)
        return _Conversation(
            self,
            hostname="inbox",
            data_size_limit=LONGEST,
            tls_context=self._tls,
            authenticator=self._authenticate if login else None,
            auth_required=login,
            auth_require_tls=self._tls is not None,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        if mechanism not in ("LOGIN", "PLAIN") or not isinstance(given, LoginPassword):
            return AuthResult(success=False, handled=False)
        pairs = ((given.login, self._mail.username), (given.password, self._mail.password))
        right = all(hmac.compare_digest(seen, wanted.encode()) for seen, wanted in pairs)
        return AuthResult(success=right, handled=False, auth_data=self._mail.username if right else None)

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        body = {
            "subject": str(message["Subject"] or ""),
            "from": str(envelope.mail_from or ""),
            "tls": bool(session.ssl),
            "authenticated": session.auth_data if session.authenticated else None,
            **parts(message),
        }
        for recipient in envelope.rcpt_tos:
            self._messages.take("email", recipient.rsplit("@", 1)[0], {**body, "to": recipient})
        return "250 kept, and sent to nobody"


def parts(message: EmailMessage) -> dict[str, str]:
    """The texts by their type."""
    return {
        part.get_content_type(): _text(part).replace("\r\n", "\n")
        for part in message.walk()
        if part.get_content_maintype() == "text"
    }


def _text(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except LookupError:  # a character set that nobody knows
        content = part.get_payload(decode=True)
        return content.decode(errors="replace") if isinstance(content, bytes) else ""
