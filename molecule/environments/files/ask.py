# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks many URLs from the host that it runs on, and prints for each the status, or why there was none, as JSON.

argv[1]: JSON list of {url, method, login, ca (PEM text; empty: any will do), highest (TLS version),
body and header (bytes to send)}.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

VERSIONS = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2}


def context(question: dict[str, Any]) -> ssl.SSLContext:
    made = ssl.create_default_context(cadata=question.get("ca") or None)
    if not question.get("ca"):
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if question.get("highest"):
        made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
        made.maximum_version = VERSIONS[question["highest"]]
    return made


def ask(question: dict[str, Any]) -> dict[str, Any]:
    parts = urlsplit(question["url"])
    try:
        if parts.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                str(parts.hostname), parts.port, timeout=10, context=context(question)
            )
        else:
            connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        login = question.get("login")
        headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
        if question.get("header"):
            headers["X-Header"] = "x" * question["header"]
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(question.get("method", "GET"), path, b"x" * question.get("body", 0) or None, headers)
        answer = connection.getresponse()
        text = answer.read(1 << 20).decode(errors="replace")
        return {"status": answer.status, "headers": dict(answer.getheaders()), "text": text}
    except (OSError, http.client.HTTPException) as error:
        return {"status": 0, "why": f"{type(error).__name__}: {error}"}


with ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(ask, json.loads(sys.argv[1])))))
