# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""journal.jsonl: what happened to each release, one JSON object a line, appended and fsync'd."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

HEALTHY_EVENTS = ("activated", "switched_back", "rolled_back")


def serial(release_id: str) -> int:
    """12 of 0012-9f8e7d6c: the order in which releases were made."""
    return int(release_id.split("-", maxsplit=1)[0])


def leaves(event: dict[str, Any], release: str) -> bool:
    """Whether an operator left the release by this rollback: it was active, or is between that one and the one that was
    gone back to. RollbackPlan forth leaves nothing."""
    if event["event"] != "rolled_back" or not event.get("left"):
        return False
    return serial(event.get("of") or event["release"]) < serial(release) <= serial(event["left"])


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


class Journal:
    """Events with event, release, time, by: staged, refused, switching, activated, failed, switched_back, stopped,
    and of a rollback rolled_back (and from which: left), rollback_failed, held, unheld."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: str, release: str, **fields: Any) -> None:
        line = json.dumps({"event": event, "release": release, "time": now(), **fields}) + "\n"
        fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                line = "\n" + line  # a killed run left half a line: it must not swallow this one
            left = line.encode()
            while left:  # a disk that becomes full takes a part, and says so the next time
                left = left[os.write(fd, left) :]
            os.fsync(fd)
        finally:
            os.close(fd)

    def events(self) -> list[dict[str, Any]]:
        """Oldest first; a line that a killed run left unfinished is passed over."""
        try:
            lines = self.path.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event and "release" in event:
                found.append(event)
        return found

    def release_ids(self) -> list[str]:
        return [e["release"] for e in self.events() if str(e["release"])[:1].isdigit()]

    def verdict(self, release: str) -> dict[str, Any] | None:
        """The last event that says whether this release was healthy (activated, switched_back) or failed."""
        verdicts = [e for e in self.events() if e["release"] == release and e["event"] in (*HEALTHY_EVENTS, "failed")]
        return verdicts[-1] if verdicts else None

    def health(self, release: str) -> dict[str, Any] | None:
        """What was seen when the release was last healthy; None when it never was, or failed since."""
        verdict = self.verdict(release)
        return verdict.get("health") if verdict and verdict["event"] in HEALTHY_EVENTS else None

    def is_settled(self) -> bool:
        """No switch was begun without an end: what is active is what was last healthy."""
        return self.begun() is None

    def healthy_ids(self) -> list[str]:
        """Releases that were healthy and did not fail later, in the order of their checks; each once."""
        healthy: list[str] = []
        for event in self.events():
            if event["event"] in (*HEALTHY_EVENTS, "failed"):
                healthy = [r for r in healthy if r != event["release"]]
            if event["event"] in HEALTHY_EVENTS:
                healthy.append(event["release"])
        return healthy

    def last_healthy(self) -> str | None:
        healthy = self.healthy_ids()
        return healthy[-1] if healthy else None

    def left(self) -> set[str]:
        """Releases that an operator left by a rollback, see `leaves`, and that were not made active again since."""
        left: set[str] = set()
        ids = set(self.release_ids())
        for event in self.events():
            left |= {name for name in ids if leaves(event, name)}
            if event["event"] in HEALTHY_EVENTS:
                left.discard(event["release"])
        return left

    def hold(self) -> dict[str, Any] | None:
        """The event that holds the component, None when nothing does: by, why, since (a time), left, release, part, and
        whether the rollback that it was written before was `done`. earlier: the holds that it came on top of."""
        held: dict[str, Any] | None = None
        for event in self.events():
            if event["event"] in ("held", "unheld"):
                new = {"since": event["time"], "done": False, "earlier": [], **event}
                held = new if event["event"] == "held" else None
            elif held and event["event"] == "rolled_back":
                held["done"] = True
        return held

    def last_switch(self) -> dict[str, Any] | None:
        """The last event that says that a release was switched to or healthy."""
        return next((e for e in reversed(self.events()) if e["event"] in ("switching", *HEALTHY_EVENTS)), None)

    def begun(self) -> dict[str, Any] | None:
        """The switch that a killed run left without an end; None when there is none."""
        last = self.last_switch()
        return last if last and last["event"] == "switching" else None
