# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of a release and the reason for it, from the journal's events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.journal import HEALTHY_EVENTS, leaves
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

Event = dict[str, Any]
Release = dict[str, Any]
ROLLED_BACK = "rolled back"


def state(release: Release, active: str, left: Sequence[str]) -> str:
    """active, healthy, failed, rolled back, refused, pruned, never healthy or damaged; of a pruned one only that.

    release: as the module `release_history` gives it. active: the id of the one that is.
    left: the ids that an automatic rollback passes over.
    """
    if release["id"] == active:
        return "active"
    if not release["kept"]:
        return "refused" if _last(_own(release), "refused") else "pruned"
    return "damaged" if release["damaged"] else _became(release, left)


def _became(release: Release, left: Sequence[str]) -> str:
    """By the journal's last verdict."""
    last = _verdict(release)
    if last is None:
        return "never healthy"
    if last["event"] == "failed":
        return "failed"
    return ROLLED_BACK if release["id"] in left else "healthy"


def _is_verdict(event: Event, release: str) -> bool:
    """Whether it says that the release was healthy, failed, or was left by a rollback."""
    left = event.get("left") == release and leaves(event, release)
    return left or (event["release"] == release and event["event"] in (*HEALTHY_EVENTS, "failed"))


def _verdict(release: Release) -> Event | None:
    return next((e for e in reversed(release["events"]) if _is_verdict(e, release["id"])), None)


def reason(release: Release, active: str, left: Sequence[str]) -> str:
    """Why it is in its state, joined by `; `; empty where there is none."""
    if refused := _last(_own(release), "refused"):
        return clean(refused.get("why", ""))
    became = _became(release, left)
    phrases = []
    if became == "failed":
        phrases += _failed(release)
    elif became == ROLLED_BACK:
        phrases += _left(release)
    elif release["id"] == active:
        phrases += _came(release)
    phrases += _unsettled(release, active)
    return "; ".join(clean(phrase).rstrip(".") for phrase in phrases if phrase)


def _failed(release: Release) -> list[str]:
    failed = _last(_own(release), "failed") or {}
    back = _last([e for e in release["events"] if e.get("bad") == release["id"]], "switched_back")
    stopped = _last(_own(release), "stopped")
    ended = f"switched back to {back['release']}" if back else "stopped, with no earlier release to go back to"
    return [str(failed.get("why", "")), ended if back or stopped else ""]


def _left(release: Release) -> list[str]:
    event: Event = next((e for e in reversed(release["events"]) if leaves(e, release["id"])), {})
    why = f": {event['why']}" if event.get("why") else ""
    on = f"on {moment(event.get('time'))}{why}"
    if event.get("left") == release["id"]:
        return [f"{event.get('by')} left it for {event.get('release')} {on}"]
    return [f"{event.get('by')} passed it over, going back from {event.get('left')} to {event.get('release')} {on}"]


def _came(release: Release) -> list[str]:
    """How it became active, where that was no plain deploy."""
    event = _verdict(release) or {}
    if event.get("event") == "rolled_back":
        why = f": {event['why']}" if event.get("why") else ""
        took = release["composed"]
        did = f"took {took['part']} back to {took['of']}" if took else f"went back to it from {event.get('left')}"
        return [f"{event.get('by')} {did} on {moment(event.get('time'))}{why}"]
    if event.get("event") == "switched_back":
        return [f"it came back on {moment(event.get('time'))}, when {event.get('bad')} failed"]
    return []


def _unsettled(release: Release, active: str) -> list[str]:
    """What was begun since the last verdict and came to nothing."""
    since: list[Event] = []
    for event in release["events"]:
        since = [] if _is_verdict(event, release["id"]) else [*since, event]
    since = [e for e in since if e["release"] == release["id"]]
    phrases = []
    if failed := _last(since, "rollback_failed"):
        phrases.append(f"a rollback to it failed on {moment(failed.get('time'))}: {failed.get('why', '')}")
    switching = _last(since, "switching")
    if switching and release["id"] == active and not failed:
        phrases.append(f"the switch to it on {moment(switching.get('time'))} has not passed its health check yet")
    return phrases


def _own(release: Release) -> list[Event]:
    return [e for e in release["events"] if e["release"] == release["id"]]


def _last(events: list[Event], name: str) -> Event | None:
    return next((e for e in reversed(events) if e["event"] == name), None)


def moment(time: Any) -> str:
    """2026-02-01 10:00 of the journal's 2026-02-01T10:00:05+00:00."""
    return clean(time or "an unknown day")[:16].replace("T", " ")
