# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Grafana's HTTP API as its administrator asks it: JSON, basic authentication, past any proxy."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..access import Access, AccessError, login

LARGEST = 64 << 20  # bytes of an answer


class GrafanaError(OSError):
    """A sentence that names URL and cause, never the password.

    status: that of the answer, 0 without one. body: the decoded answer, None without one.
    """

    def __init__(self, sentence: str, status: int = 0, body: Any = None) -> None:
        super().__init__(sentence)
        self.status, self.body = status, body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the password to wherever it leads."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


class Grafana:
    """url: the base, as the host that asks reaches it. timeout: seconds for one answer. access: its certificates."""

    def __init__(
        self, url: str, user: str = "", password: str = "", timeout: float = 30, *, access: Access | None = None
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise GrafanaError("Grafana's URL must be http or https with a host and without credentials.")
        self.url, self._timeout = url.rstrip("/"), timeout
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if user:
            self._headers.update(login(user, password))
        self._access = access or Access()
        try:
            self._opener = self._access.opener(self.url, _NoRedirect)
        except AccessError as error:
            raise GrafanaError(f"{self.url} cannot be asked: {error}.") from error

    def get(self, path: str, **query: str) -> Any:
        return self._ask("GET", path + (f"?{urllib.parse.urlencode(query)}" if query else ""))

    def post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        return self._ask("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def query(self, queries: list[dict[str, Any]], start: int, end: int) -> dict[str, Any]:
        """The results of /api/ds/query by refId. start, end: ms since 1970.

        Queries that the data source refuses have a result each, though Grafana answers 400.
        """
        body = {"queries": queries, "from": str(start), "to": str(end)}
        try:
            answer = self.post("/api/ds/query", body)
        except GrafanaError as error:
            if not _has_results(error.body):
                raise
            answer = error.body
        if not _has_results(answer):
            raise GrafanaError(f"{self.url}/api/ds/query answers without results.")
        return dict(answer["results"])

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer. Raises GrafanaError."""
        url = f"{self.url}{path}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, content, self._headers, method=method)  # noqa: S310 - http or https
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return _decoded(url, answer.read(LARGEST))
        except urllib.error.HTTPError as error:
            raise _refusal(url, error, self._access) from None
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, GrafanaError):
                raise
            told = self._access.explained(error, url)
            cause = getattr(told, "reason", told)
            raise GrafanaError(f"{url} does not answer: {str(cause) or type(error).__name__}.") from error


def _has_results(answer: Any) -> bool:
    return isinstance(answer, Mapping) and isinstance(answer.get("results"), Mapping)


def _decoded(url: str, content: bytes) -> Any:
    try:
        return json.loads(content or b"null")
    except ValueError:
        raise GrafanaError(f"{url} answers with something else than JSON: is Grafana there?") from None


def _refusal(url: str, error: urllib.error.HTTPError, access: Access) -> GrafanaError:
    content, body = b"", None
    try:
        content = error.read(LARGEST)
        body = json.loads(content or b"null")
    except (OSError, ValueError, http.client.HTTPException):
        pass
    said = body.get("message") if isinstance(body, Mapping) else access.refusal(url, error.code, content)
    cause = f": {str(said).strip().rstrip('.')[:500]}" if said else ""
    if error.code == 401:
        cause = ": user or password are wrong"
    return GrafanaError(f"{url} answers {error.code}{cause}.", error.code, body)


def password_from(path: str) -> str:
    """The first line of the file. Raises GrafanaError."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", "") or "it is no text"
        raise GrafanaError(f"Grafana's password cannot be read from {path}: {cause}.") from error
    if not lines or not lines[0]:
        raise GrafanaError(f"{path} is empty, but must hold Grafana's password in its first line.")
    return lines[0]
