# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files in which it is now another moment, read back by the C library's and by Python's own reader."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.zones import shifted


def soon(**later: int) -> datetime:
    return datetime.now(timezone.utc) + timedelta(**later)


@pytest.mark.parametrize("location", ["", "UTC", "Asia/Tokyo", "America/St_Johns"])
def test_the_clock_shows_there_what_it_will_show_in_the_location(tmp_path: Path, location: str) -> None:
    moment = soon(hours=7)

    name = shifted(tmp_path / "zones", "Zone0", moment, location)

    with (tmp_path / "zones" / name).open("rb") as file:
        shown = datetime.now(ZoneInfo.from_file(file)).replace(tzinfo=None)
    wanted = moment.astimezone(ZoneInfo(location or "UTC")).replace(tzinfo=None)
    assert abs(shown - wanted) < timedelta(seconds=5)


@pytest.mark.parametrize("days", [-700, 700])
def test_the_moment_may_be_years_away(tmp_path: Path, days: int) -> None:
    moment = soon(days=days)

    shifted(tmp_path, "Zone0", moment, "UTC")

    environment = {**os.environ, "TZ": f":{tmp_path}/Zone0"}
    shown = subprocess.check_output(["date", "+%Y-%m-%d"], env=environment, text=True).strip()
    assert shown in {str((moment + timedelta(seconds=second)).date()) for second in (0, 5)}


@pytest.mark.parametrize("location", ["Mars/Olympus", "../etc/passwd"])
def test_a_zone_that_this_host_does_not_know_is_a_sentence(tmp_path: Path, location: str) -> None:
    with pytest.raises(LookupError, match=f"^this host does not know the time zone {location}: install tzdata or"):
        shifted(tmp_path, "Zone0", soon(), location)

    assert list(tmp_path.iterdir()) == []
