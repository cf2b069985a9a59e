# SPDX-License-Identifier: GPL-3.0-or-later
"""The security headers of answers, by `[security]` and `[server.custom_response_headers]`."""

from __future__ import annotations

import secrets

from .settings.load import Settings


def security_headers(settings: Settings, page: bool) -> dict[str, str]:
    """page: whether the answer is one; only pages have a content security policy."""
    headers = dict(settings.section("server.custom_response_headers"))
    if settings.flag("security", "x_content_type_options"):
        headers["X-Content-Type-Options"] = "nosniff"
    if settings.flag("security", "x_xss_protection"):
        headers["X-XSS-Protection"] = "1; mode=block"
    if not settings.flag("security", "allow_embedding"):
        headers["X-Frame-Options"] = "deny"
    # Grafana sends it only where it speaks TLS itself.
    if settings.flag("security", "strict_transport_security") and settings.text("server", "protocol") == "https":
        headers["Strict-Transport-Security"] = _transport(settings)
    if page and settings.flag("security", "content_security_policy"):
        policy = settings.text("security", "content_security_policy_template")
        root = settings.text("server", "root_url").partition("://")[2]
        policy = policy.replace("$NONCE", f"'nonce-{secrets.token_hex(8)}'").replace("$ROOT_PATH", root)
        headers["Content-Security-Policy"] = policy
    return headers


def _transport(settings: Settings) -> str:
    value = f"max-age={settings.text('security', 'strict_transport_security_max_age_seconds')}"
    for key, word in (("preload", "preload"), ("subdomains", "includeSubDomains")):
        if settings.flag("security", f"strict_transport_security_{key}"):
            value += f"; {word}"
    return value
