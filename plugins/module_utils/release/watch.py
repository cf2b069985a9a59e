# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deploy watches itself: conditions in PromQL that must stay true for a while after the switch."""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import time
import urllib.error
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from ..access import Access, AccessError, login

INTERVAL = 2.0  # seconds between two looks
SILENCE = 15.0  # seconds that Prometheus may not answer, as while it is itself restarted
ANSWER_LIMIT = 4 << 20  # bytes


class NoAnswer(Exception):
    """Why Prometheus gave none."""


class Refused(Exception):
    """Why Prometheus does not take a query."""


@dataclass
class Condition:
    """broken_since: monotonic seconds; None while it holds."""

    name: str
    query: str
    tolerance: float
    broken_since: float | None = None


class Watcher:
    """spec: url (of Prometheus), duration (seconds), conditions [{name, query, for (seconds that it may be false)}].
    access: see Access. password: the one that the release has, beside that in the file.

    A condition is true when its answer has a sample and none is 0 or no number. One that is broken already before the
    switch is no reason against a deploy, which may be what mends it: it is told and not watched.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._url = str(spec.get("url", ""))
        self._access = Access.of(spec.get("access"))
        self._password = str(spec.get("password", ""))
        self._headers: dict[str, str] | None = None
        self._duration = float(spec.get("duration", 0))
        self._conditions = [Condition(c["name"], c["query"], float(c["for"])) for c in spec.get("conditions", [])]
        self._unanswered_since: float | None = None

    def begin(self) -> list[str]:
        """Before the switch. Warnings about what is not watched; ReleaseError for a query that Prometheus refuses."""
        warnings, watched = [], []
        for condition in self._conditions:
            try:
                if self._is_true(condition):
                    watched.append(condition)
                else:
                    warnings.append(f'release_watch "{condition.name}" is not true before the deploy: not watched')
            except NoAnswer as error:
                warnings.append(f'release_watch "{condition.name}" is not watched: {error}')
            except Refused as error:
                raise ReleaseError(
                    f'release_watch "{condition.name}" is no query that can be watched ({error}): mend its query. '
                    "Nothing was switched"
                ) from error
        self._conditions = watched
        return warnings

    def watch(self, trouble: Callable[[], str]) -> None:
        """After the health check. trouble: what is wrong with the service itself. Raises ReleaseError once it is."""
        end = time.monotonic() + self._duration
        while self._duration:
            left = end - time.monotonic()
            # What is untrue or silent at the end may not pass for well, however long it may be so.
            if sentence := trouble() or self._broken(last=left <= 0):
                raise ReleaseError(f"{sentence} (watched for {self._duration:g} s after the switch)")
            if left <= 0:
                return
            time.sleep(min(INTERVAL, left))

    def _broken(self, last: bool) -> str:
        """The sentence about the first condition that is untrue for longer than it may; empty while all hold."""
        now = time.monotonic()
        for condition in self._conditions:
            try:
                holds = self._is_true(condition)
            except (NoAnswer, Refused) as error:
                self._unanswered_since = self._unanswered_since or now
                if last or now - self._unanswered_since >= SILENCE:
                    return f'release_watch "{condition.name}" cannot be asked any more: {error}'
                return ""
            self._unanswered_since = None
            condition.broken_since = None if holds else condition.broken_since or now
            if condition.broken_since and (last or now - condition.broken_since >= condition.tolerance):
                return f'release_watch "{condition.name}" is true no more: {condition.query}'
        return ""

    def _is_true(self, condition: Condition) -> bool:
        numbers = self._ask(condition.query)
        return bool(numbers) and all(number and not math.isnan(number) for number in numbers)

    def _ask(self, query: str) -> list[float]:
        """The values of the answer's samples."""
        url = f"{self._url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            found = json.loads(self._answer(url))["data"]
            if found["resultType"] not in ("scalar", "vector"):
                raise Refused(f"it is of the type {found['resultType']}, and an instant vector or a scalar is needed")
            values = [found["result"]] if found["resultType"] == "scalar" else [s["value"] for s in found["result"]]
            return [float(value) for _unused, value in values]
        except urllib.error.HTTPError as error:
            text = error.read(ANSWER_LIMIT)
            if error.code in (400, 422):
                raise Refused(_reason(text)) from error
            why = self._access.refusal(url, error.code)
            raise NoAnswer(f"{self._url} answers {error.code}{': ' if why else ''}{why}") from error
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            raise NoAnswer(f"{self._url} does not answer ({getattr(error, 'reason', error)})") from error

    def _answer(self, url: str) -> bytes:
        """Where passwords are being changed, Prometheus may have the new one before this component, or after it."""
        refused: OSError = AccessError("there is no password to ask with")
        others = [headers for headers in self._logins() if headers != self._headers]
        for headers in others if self._headers is None else [self._headers, *others]:
            try:
                with self._access.open(url, timeout=5, headers=headers) as answer:
                    self._headers = headers
                    return bytes(answer.read(ANSWER_LIMIT))
            except urllib.error.HTTPError as error:
                if error.code != 401:
                    raise
                refused = error
        raise refused

    def _logins(self) -> list[dict[str, str]]:
        """Headers to ask with: the password in the file, that of the release, and where there is none, without."""
        user, found = self._access.user, []
        with contextlib.suppress(AccessError):  # the release before may have had none yet
            found.append(self._access.headers())
        if user and self._password:
            found.append(login(user, self._password))
        return found or [{}]


def _reason(text: bytes) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, LookupError, TypeError):
        return "no reason given"
