# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data is no part of a release: can a version read what a newer one has written since?"""

from __future__ import annotations

from .program import version_numbers
from .store import Store

SAME_MAJOR = "same major"


def newer_writer(store: Store, version: str) -> str:
    """The version that has written data which `version` cannot read; empty when there is none.

    Asked of the journal, which knows pruned releases too. `readable_by` is what the release of that version said:
    `same major`, the oldest version that reads its data, like 2.42, or nothing where every version does.
    """
    for event in reversed(store.journal.events()):
        writer, readable_by = str(event.get("version", "")), str(event.get("readable_by", ""))
        if not writer or not readable_by or version_numbers(writer) <= version_numbers(version):
            continue
        if readable_by == SAME_MAJOR:
            if version_numbers(writer)[:1] != version_numbers(version)[:1]:
                return writer
        elif version_numbers(version) < version_numbers(readable_by):
            return writer
    return ""
