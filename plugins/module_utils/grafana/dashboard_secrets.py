# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets in dashboards, which must not get into version control. Nothing here ever gives the secret itself away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_KEY = re.compile(
    r"pass(?:word|wd|phrase)?$|secret|token$|api[_-]?key$|access[_-]?key$|private[_-]?key$|routing[_-]?key$"
    r"|service[_-]?key$|credentials?$|^authorization$|cookie$",
    re.IGNORECASE,
)
_NAMED_BY_PEOPLE = ("renameByName", "indexByName", "excludeByName", "includeByName")  # keys are names of columns
_REFERENCE = re.compile(r"\s*(\$\w+|\$\{[^}]+\}|\[\[\w+\]\])\s*")  # a variable's name is no secret
_KINDS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (
        "an authorization header",  # and no sentence about basic things
        re.compile(
            r"\b(?:bearer|apikey)\s+(?:(?=\S*\d)[\w.~+/-]{6,}|[\w.~+/-]{16,})|\bbasic\s+(?=\w*[\d=])[\w+/]{6,}", re.I
        ),
    ),
    ("a URL with credentials", re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s@]+@", re.IGNORECASE)),
    (
        "a URL with a key in it",
        re.compile(
            r"[?&](?:access_token|auth|token|api_?key|key|password|secret|sig)=(?!\$)[^&#\s]{6,}", re.IGNORECASE
        ),
    ),
    ("a webhook's URL", re.compile(r"hooks\.slack\.com/(?:services|workflows)/\w+|discord(?:app)?\.com/api/webhooks/")),
    ("a token of Slack", re.compile(r"\bxox[a-z]-[\w-]{6,}|\bxapp-[\w-]{6,}")),
    ("a token of Grafana", re.compile(r"\bgl(?:sa|c)_\w{16,}|\beyJrIjoi\w{8,}")),
    ("a token of GitHub or GitLab", re.compile(r"\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}")),
    ("an access key of AWS", re.compile(r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b")),
    ("a signed token (JWT)", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
)


def secrets(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(place, kind) of each secret: `panels[2].targets[0].headers[1].value`, `a token`."""
    if isinstance(value, str):
        yield from ((path, kind) for kind in _of_text(value))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secrets(item, f"{path}[{index}]")
    elif isinstance(value, Mapping):
        named = path.rpartition(".")[2] in _NAMED_BY_PEOPLE
        for key, item in value.items():
            kinds = _of_text(str(key))
            yield from ((path, kind) for kind in kinds)
            inside = f"{path}.{'*' if kinds else key}".lstrip(".")
            if not named and _is_set(item) and _sounds_secret(key, value):
                yield inside, "a value that is called a secret"
            else:
                yield from secrets(item, inside)


def _sounds_secret(key: str, parent: Mapping[str, Any]) -> bool:
    """By its key; or as the value beside a name, as headers are written."""
    if key == "value":
        name = parent.get("key", parent.get("name"))
        # A variable of a dashboard has a name and a value too, and shows both to everybody.
        return isinstance(name, str) and "type" not in parent and bool(_KEY.search(name))
    return bool(_KEY.search(key))


def _is_set(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not _REFERENCE.fullmatch(value)


def _of_text(text: str) -> list[str]:
    return [kind for kind, pattern in _KINDS if pattern.search(text)][:1]
