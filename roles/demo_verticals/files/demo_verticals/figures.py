# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers that the services show: a function of kind and time alone, so that a restart changes nothing."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

# Summary field -> (lowest value, how far it swings above it, seconds of a swing).
SWINGS: dict[str, dict[str, tuple[float, float, float]]] = {
    "crm": {"contacts": (120, 80, 600), "deals": (14, 10, 420)},
    "roofing": {
        "jobs": (40, 30, 540),
        "properties": (60, 20, 780),
        "estimates": (25, 20, 480),
        "photos": (300, 200, 660),
    },
    "policy": {"policies": (210, 60, 720), "expiring_soon": (5, 8, 360)},
    "property": {"properties": (90, 40, 600), "listings": (30, 12, 500)},
    "media": {"total_files": (800, 300, 640), "total_size_mb": (5200.5, 1800, 640)},
}
# Summary field -> seconds between two of them; counted from midnight, UTC.
TODAY: dict[str, dict[str, int]] = {
    "crm": {"contacts_today": 900, "deals_today": 3600},
    "roofing": {},
    "policy": {},
    "property": {"updates_today": 1200},
    "media": {"uploads_today": 600},
}
KINDS = tuple(SWINGS)
DAY = 86400
KEYS_PER_SERVICE = 5


@dataclass(frozen=True)
class Snapshot:
    """What a service knows at a time (Unix seconds). writes: API key -> count, all keys, most writes first."""

    kind: str
    at: float
    summary: dict[str, float]
    writes: dict[str, int]


def snapshot(kind: str, at: float) -> Snapshot:
    summary: dict[str, float] = {}
    for name, (low, swing, period) in SWINGS[kind].items():
        value = low + swing * (1 + math.sin(math.tau * (at / period + _phase(name)))) / 2
        summary[name] = round(value, 1) if isinstance(low, float) else round(value)
    for name, every in TODAY[kind].items():
        summary[name] = int(at % DAY // every)
    return Snapshot(kind, at, summary, _writes(kind, at))


def zeros(seen: Snapshot) -> Snapshot:
    """The same service with nothing in it."""
    return Snapshot(seen.kind, seen.at, dict.fromkeys(seen.summary, 0), {})


def stats(seen: Snapshot) -> dict[str, Any]:
    """The JSON answer. The media service's has neither service nor attribution."""
    moment = datetime.fromtimestamp(seen.at, timezone.utc)
    # Both spellings of UTC are in use among the platform's services.
    timestamp = moment.isoformat(timespec="microseconds").replace("+00:00", "+00:00" if seen.kind == "crm" else "Z")
    document: dict[str, Any] = {"summary": seen.summary, **seen.summary, "timestamp": timestamp}
    if seen.kind == "media":
        return document
    top = [{"key": key, "count": count} for key, count in list(seen.writes.items())[:3]]
    attribution = {"last_created_by_key": top[0]["key"], "top_creator_keys": top} if top else {}
    return {"service": f"peakpro-{seen.kind}", **document, "attribution": attribution}


def exposition(seen: Snapshot) -> str:
    """The property service's other face, for Prometheus."""
    properties = int(seen.summary["properties"])
    lines = [
        "# HELP property_records Properties on record.",
        "# TYPE property_records gauge",
        f'property_records{{state="listed"}} {properties // 3}',
        f'property_records{{state="unlisted"}} {properties - properties // 3}',
        "# HELP property_last_update_timestamp_seconds When the numbers were last refreshed.",
        "# TYPE property_last_update_timestamp_seconds gauge",
        f"property_last_update_timestamp_seconds {seen.at:.3f}",
        "# HELP property_writes_total Writes by API key.",
        "# TYPE property_writes_total counter",
        *(f'property_writes_total{{key="{key}"}} {count}' for key, count in seen.writes.items()),
        "# HELP aether_service_up The service's own word on itself.",
        "# TYPE aether_service_up gauge",
        'aether_service_up{service="property"} 1',
    ]
    return "\n".join(lines) + "\n"


def _writes(kind: str, at: float) -> dict[str, int]:
    """Counts that rise at their own pace and start again at 1 in their own time, so that keys fall out of the top."""
    writes = {}
    for number in range(1, KEYS_PER_SERVICE + 1):
        start_again = 240 + 120 * number
        writes[f"demo-{kind}-key-{number}"] = 1 + int((at + DAY * _phase(kind)) % start_again * (0.1 + 0.04 * number))
    return dict(sorted(writes.items(), key=lambda item: -item[1]))


def _phase(text: str) -> float:
    return zlib.crc32(text.encode()) / 2**32


HOSTILE = (
    'quote" 1\naether_service_up{service="crm",env="prod"} 1\n# ',
    "{{ template }} {% raw %} ${jndi:ldap://127.0.0.1/a} $(touch /tmp/hostile) `id`",
    "back\\slash\\",
    "\x1b]0;title\x07\x00\u202e\ud800",
    "</script><script>alert(1)</script>",
    "../../../../etc/passwd",
    "x" * 100_000,
)
"""Each made to end a label, a template, a terminal's line, a page, a path or somebody's memory."""
HOSTILE_EXPOSITION = 'hostile{name="quote\\" \\n{{ template }} \\\\"} 1\n'


def hostile(document: dict[str, Any]) -> dict[str, Any]:
    """The same totals, with keys and names that are not to reach anything as they are."""
    keys = [{"key": text, "count": 10 + number} for number, text in enumerate(HOSTILE)]
    return {
        **document,
        **dict.fromkeys(HOSTILE, 1),
        "summary": {**document["summary"], **dict.fromkeys(HOSTILE, 1)},
        "attribution": {"last_created_by_key": HOSTILE[0], "top_creator_keys": keys},
        "message": HOSTILE[1],
    }
