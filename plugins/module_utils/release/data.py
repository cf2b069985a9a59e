# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data is no part of a release: can a version read what a newer one has written since?"""

from __future__ import annotations

from .journal import HEALTHY_EVENTS
from .program import version_numbers
from .store import Store

SAME_MAJOR = "same major"


def newer_writer(store: Store, version: str) -> str:
    """The version that has written data which `version` cannot read; empty when there is none.

    Asked of the journal, which knows pruned releases too. `readable_by` is what the release of that version said:
    `same major`, the oldest version that reads its data, like 2.42, or nothing where every version does. A version that
    was healthy since, and could not have read it either, shows that the data is not there (restored, or never written).
    """
    events = store.journal.events()
    versions = {e["release"]: str(e["version"]) for e in events if e["event"] == "switching" and "version" in e}
    healthy_since: set[str] = set()
    for event in reversed(events):
        if event["event"] in HEALTHY_EVENTS and event["release"] in versions:
            healthy_since.add(versions[event["release"]])
        writer, readable_by = str(event.get("version", "")), str(event.get("readable_by", ""))
        unreadable = writer and readable_by and not _reads(version, writer, readable_by)
        if unreadable and all(_reads(other, writer, readable_by) for other in healthy_since):
            return writer
    return ""


def _reads(version: str, writer: str, readable_by: str) -> bool:
    mine, theirs = version_numbers(version), version_numbers(writer)
    if mine >= theirs:
        return True
    return mine[:1] == theirs[:1] if readable_by == SAME_MAJOR else mine >= version_numbers(readable_by)
