# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A row of the verification: what was wanted of the running system and what it says."""

from __future__ import annotations

import http.client
import json
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access

Row = dict[str, Any]
"""check, wanted, seen: texts for people. ok: whether they agree."""

Get = Callable[..., Any]
"""get(path, **query) -> the decoded JSON answer."""


def row(check: str, wanted: Any, seen: Any, ok: bool) -> Row:
    return {"check": check, "wanted": str(wanted), "seen": str(seen), "ok": bool(ok)}


def answers(url: str, access: Access) -> None:
    """Raises OSError unless the URL answers 2xx."""
    _read(url, access, timeout=5)


def getter(base_url: str, access: Access | None = None) -> Get:
    """Asks a component's API on its own host; raises OSError or ValueError."""

    def get(path: str, **query: str) -> Any:
        url = f"{base_url}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        return json.loads(_read(url, access or Access(), timeout=10) or b"null")

    return get


def _read(url: str, access: Access, timeout: float) -> bytes:
    try:
        with access.open(url, timeout) as answer:
            return bytes(answer.read(64 << 20))
    except http.client.HTTPException as error:
        raise OSError(f"{url} gives no whole HTTP answer ({error!r})") from error


def same_version(wanted: str, seen: str) -> bool:
    """`2.42.0+ds-5+b5`, the distribution's way to write it, is 2.42.0; `2.42.0-rc.0` is not."""
    return re.fullmatch(re.escape(seen) + r"(\+[^-]*)?(-[0-9][^-]*)?", wanted) is not None
