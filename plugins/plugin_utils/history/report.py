# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The history of components as `release_history` returns it, from what the host gives."""

from __future__ import annotations

from typing import Any

from .differences import changes, diff
from .states import reason, state

_OF_THE_HOST = ("kept", "damaged", "compared", "settings")


def report(components: list[dict[str, Any]], texts: list[str], *, with_diff: bool) -> list[dict[str, Any]]:
    """components, texts: see module_utils/release/history.py. with_diff: each release with its masked `diff`, too."""
    return [
        {**one, "releases": [_release(one, release, texts, with_diff) for release in one["releases"]]}
        for one in components
    ]


def _release(component: dict[str, Any], release: dict[str, Any], texts: list[str], with_diff: bool) -> dict[str, Any]:
    return {
        **{key: value for key, value in release.items() if key not in _OF_THE_HOST},
        "state": state(release, component["active"], component["left"]),
        "reason": reason(release, component["active"], component["left"]),
        "files": [{key: file[key] for key in ("path", "change")} for file in release["files"]],
        "changes": changes(component["component"], release, texts),
        "note": _note(release),
        **({"diff": diff(release, texts)} if with_diff else {}),
    }


def _note(release: dict[str, Any]) -> str:
    """Why there are no changes; empty where there are, or where the state says it."""
    if release["compared"]:
        same = not release["files"] and not release["settings"]
        return f"same content as {release['before']}" if same else ""
    if release["damaged"]:
        return "its release.json cannot be read"
    if not release["kept"]:
        return ""
    if not release["before"]:
        return "nothing was active before it"
    return f"{release['before']}, which it replaced, is not whole on the host any more"
