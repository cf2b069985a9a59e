# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deploy watches itself: conditions in PromQL that must stay true for a while after the switch."""

from __future__ import annotations

import json
import math
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import ReleaseError

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

    A condition is true when its answer has a sample and none is 0 or no number. One that is broken already before the
    switch is no reason against a deploy, which may be what mends it: it is told and not watched.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._url = str(spec.get("url", ""))
        self._duration = float(spec.get("duration", 0))
        self._conditions = [Condition(c["name"], c["query"], float(c["for"])) for c in spec.get("conditions", [])]
        self._unanswered_since: float | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

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
                    f'release_watch "{condition.name}" is no query that Prometheus takes ({error}): mend its query. '
                    "Nothing was switched"
                ) from error
        self._conditions = watched
        return warnings

    def watch(self, trouble: Callable[[], str]) -> None:
        """After the proof; ReleaseError once something is broken. trouble: what is wrong with the service itself."""
        end = time.monotonic() + self._duration
        while time.monotonic() < end:
            if sentence := trouble() or self._broken():
                raise ReleaseError(f"{sentence} (watched for {self._duration:g} s after the switch)")
            time.sleep(min(INTERVAL, max(0.0, end - time.monotonic())))

    def _broken(self) -> str:
        """The sentence about the first condition that is false for longer than it may; empty while all hold."""
        now = time.monotonic()
        for condition in self._conditions:
            try:
                holds = self._is_true(condition)
            except (NoAnswer, Refused) as error:
                self._unanswered_since = self._unanswered_since or now
                if now - self._unanswered_since >= SILENCE:
                    return f'release_watch "{condition.name}" cannot be asked any more: {error}'
                return ""
            self._unanswered_since = None
            condition.broken_since = None if holds else condition.broken_since or now
            if condition.broken_since is not None and now - condition.broken_since >= condition.tolerance:
                return f'release_watch "{condition.name}" is true no more: {condition.query}'
        return ""

    def _is_true(self, condition: Condition) -> bool:
        answer = self._ask(condition.query)
        values = [answer["result"]] if answer["resultType"] == "scalar" else [s["value"] for s in answer["result"]]
        numbers = [float(value) for _, value in values]
        return bool(numbers) and all(number and not math.isnan(number) for number in numbers)

    def _ask(self, query: str) -> dict[str, Any]:
        url = f"{self._url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with self._opener.open(url, timeout=5) as answer:
                document = json.loads(answer.read(ANSWER_LIMIT))
                return dict(document["data"])
        except urllib.error.HTTPError as error:
            text = error.read(ANSWER_LIMIT)
            if error.code in (400, 422):
                raise Refused(_reason(text)) from error
            raise NoAnswer(f"{self._url} answers {error.code}") from error
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise NoAnswer(f"{self._url} does not answer ({getattr(error, 'reason', error)})") from error


def _reason(text: bytes) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, LookupError, TypeError):
        return "no reason given"
