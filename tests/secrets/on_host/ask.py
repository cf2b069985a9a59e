# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks components' own APIs and prints {url: answer}. Standard input: [[url, user, password, method, body], ...]."""

from __future__ import annotations

import base64
import json
import ssl
import sys
import time
import urllib.error
import urllib.request

END = time.monotonic() + 60
CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE  # only what they answer is looked at


def ask(url: str, user: str, password: str, method: str, body: str) -> str:
    headers = {"Content-Type": "application/json"}
    if user:
        headers["Authorization"] = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
    request = urllib.request.Request(url, body.encode() or None, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20, context=CONTEXT) as answer:  # noqa: S310
            return str(answer.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        if method == "GET":
            return f"{error.code}: {error.read().decode(errors='replace')}"
        sys.exit(f"{method} {url} was answered with {error.code}")
    except urllib.error.URLError as error:
        if time.monotonic() > END:
            sys.exit(f"{method} {url} was not answered: {error.reason}")
        time.sleep(0.5)  # it starts
        return ask(url, user, password, method, body)


print(json.dumps({question[0]: ask(*question) for question in json.load(sys.stdin)}))
