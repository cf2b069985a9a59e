# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A component's HTTP API, asked from a host past any proxy."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any


class Api:
    """title: what people call it. url: its base; anything but http and https is a ValueError with a sentence."""

    def __init__(self, url: str, title: str, timeout: float = 10) -> None:
        self._parts = urllib.parse.urlsplit(url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise ValueError(f"url is {url!r}, which is no http or https URL.")
        self.title, self.url, self._timeout = title, url.rstrip("/"), timeout

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer: JSON, or text where it is none. Raises OSError with a sentence unless it is a 2xx."""
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(str(self._parts.hostname), self._parts.port, timeout=self._timeout)
        try:
            content = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"}
            connection.request(method, f"{self._parts.path.rstrip('/')}{path}", content, headers)
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace")
        except http.client.HTTPException as error:
            raise OSError(f"{self.title} gives no HTTP answer ({error!r})") from error
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            raise OSError(f"{self.title} answers {answer.status}: {said[:500].strip()}")
        try:
            return json.loads(said) if said.strip() else None
        except ValueError:
            return said
