# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus' HTTP API, asked as its data source says."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from ..sources import Source

_TIMEOUT = 30.0
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64  # OpenSSL's numbers
_TOLD = (400, 422, 503)  # the statuses with which Prometheus says in JSON what is wrong


class QueryError(Exception):
    """A text as Grafana has it. status: that of the answer to the query."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Prometheus:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._headers = {
            source.options[f"httpHeaderName{number}"]: source.secrets.get(f"httpHeaderValue{number}", "")
            for number in range(1, 10)
            if f"httpHeaderName{number}" in source.options
        }
        if source.basic_auth:
            pair = f"{source.basic_auth_user}:{source.secrets.get('basicAuthPassword', '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()

    def ask(self, what: str, parameters: dict[str, str]) -> dict[str, Any]:
        """what: query or query_range. The whole answer. Raises QueryError."""
        url = f"{self._source.url.rstrip('/')}/api/v1/{what}"
        method = self._source.options.get("httpMethod", "POST")
        form: bytes | None = urllib.parse.urlencode(parameters).encode()
        if method == "GET":
            url, form = f"{url}?{urllib.parse.urlencode(parameters)}", None
        request = urllib.request.Request(url, form, self._headers, method=method)  # noqa: S310 - http or https
        # A context is slow to make: one is made where it is used.
        encryption = [urllib.request.HTTPSHandler(context=self._tls())] if url.startswith("https:") else []
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *encryption)
        try:
            with opener.open(request, timeout=_TIMEOUT) as answer:
                content, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            content, status = error.read(), error.code
        except (OSError, http.client.HTTPException) as error:
            raise QueryError(f'{method.capitalize()} "{url}": {_reason(url, error)}', 502) from None
        return _answer(content, status)

    def _tls(self) -> ssl.SSLContext:
        options = self._source.options
        given = self._source.secrets.get("tlsCACert") if options.get("tlsAuthWithCACert") else None
        try:
            context = ssl.create_default_context(cadata=given)
        except ssl.SSLError:
            raise QueryError("failed to parse TLS CA PEM certificate", 500) from None
        # As Go has it: neither is an authority's certificate held to all that there is, nor are common names read.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.hostname_checks_common_name = False
        if options.get("tlsSkipVerify"):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def _answer(content: bytes, status: int) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and answer.get("status") == "success":
        return answer
    if isinstance(answer, dict) and status in _TOLD:
        raise QueryError(f"{answer.get('errorType')}: {answer.get('error')}", status)
    text = content[:1024].decode(errors="replace")
    raise QueryError(f"unexpected response with status code {status}: {text}", 500)


def _reason(url: str, error: Exception) -> str:
    """As Go's network library says it."""
    parts = urllib.parse.urlsplit(url)
    cause = getattr(error, "reason", error)
    number = getattr(cause, "errno", None)
    if isinstance(cause, ssl.SSLError):
        return _tls_reason(parts.hostname or "", cause)
    if isinstance(cause, TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    if isinstance(number, int) and number > 0:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return f"dial tcp {parts.hostname}:{port}: connect: {os.strerror(number).lower()}"
    return f"dial tcp: {cause}"


def _tls_reason(host: str, error: ssl.SSLError) -> str:
    if not isinstance(error, ssl.SSLCertVerificationError):
        plain = error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
        return "http: server gave HTTP response to HTTPS client" if plain else f"tls: {error.reason}"
    if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
        why = f"certificate is not valid for {host}"
    elif error.verify_code in (_EXPIRED, _NOT_YET):
        why = "certificate has expired or is not yet valid"
    else:
        why = "certificate signed by unknown authority"
    return f"tls: failed to verify certificate: x509: {why}"
