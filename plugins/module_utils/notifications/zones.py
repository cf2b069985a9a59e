# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Time zones in which it is now another moment: so a real Alertmanager answers for any time, with its own calendar."""

from __future__ import annotations

import struct
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def shifted(directory: Path, name: str, moment: datetime, location: str) -> str:
    """Write the zone file `name` in which the clock now shows what it shows in `location` at `moment`; the zone's name.

    A program written in Go finds it there when ZONEINFO names the directory.
    """
    wall = moment.astimezone(_zone(location)).replace(tzinfo=None)
    offset = round((wall - datetime.now(timezone.utc).replace(tzinfo=None)).total_seconds())
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(_tzif(offset))
    return name


def _zone(location: str) -> tzinfo:
    if location in ("", "UTC"):
        return timezone.utc
    try:
        return ZoneInfo(location)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise LookupError(
            f"this host does not know the time zone {location}: install tzdata or write it in UTC"
        ) from error


def _tzif(offset: int) -> bytes:
    """RFC 8536, version 1: one local time type and no transition. offset: seconds east of UTC."""
    abbreviation = b"AEL\0"
    counts = (0, 0, 0, 0, 1, len(abbreviation))
    return b"TZif" + b"\0" * 16 + struct.pack(">6l", *counts) + struct.pack(">lbB", offset, 0, 0) + abbreviation
