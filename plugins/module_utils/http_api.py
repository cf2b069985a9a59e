# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A component's HTTP API, asked from a host past any proxy."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any

from .access import Access


class Api:
    """title: what people call it. url: its base; anything but http and https is a ValueError with a sentence."""

    def __init__(self, url: str, title: str, timeout: float = 10, access: Access | None = None) -> None:
        self._parts = urllib.parse.urlsplit(url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise ValueError(f"url is {url!r}, which is no http or https URL.")
        self.title, self.url, self._timeout = title, url.rstrip("/"), timeout
        self._access = access or Access()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer: JSON, or text where it is none. Raises OSError with a sentence unless it is a 2xx."""
        status, content = self._asked(method, path, None if body is None else json.dumps(body))
        said = content.decode(errors="replace")
        if not 200 <= status < 300:
            why = self._access.refusal(self.url, status, content) or said[:500].strip()
            raise OSError(f"{self.title} answers {status}: {why}")
        try:
            return json.loads(said) if said.strip() else None
        except ValueError:
            return said

    def _asked(self, method: str, path: str, content: str | None) -> tuple[int, bytes]:
        """Status and body of the answer."""
        headers = {"Content-Type": "application/json", **self._access.headers()}
        connection = self._access.connection(self.url, self._timeout)
        try:
            connection.request(method, f"{self._parts.path.rstrip('/')}{path}", content, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            told = self._access.explained(error, self.url)
            if isinstance(told, http.client.HTTPException):
                raise OSError(f"{self.title} gives no HTTP answer ({told!r})") from error
            raise told from error
        finally:
            connection.close()
