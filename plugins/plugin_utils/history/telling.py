# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a host's facts to what is told of them."""

from __future__ import annotations

from typing import Any

from .changes import changes, note
from .states import reason, state

NOT_TOLD = ("kept", "damaged", "compared", "settings")


def tell(components: list[dict[str, Any]], texts: list[str]) -> list[dict[str, Any]]:
    """The components as the module `release_history` documents them, without any file's text.

    components, texts: what the module's part on the host gives, see module_utils/release/history.py.
    """
    return [{**one, "releases": [_release(one, release, texts) for release in one["releases"]]} for one in components]


def _release(component: dict[str, Any], release: dict[str, Any], texts: list[str]) -> dict[str, Any]:
    told = {key: value for key, value in release.items() if key not in NOT_TOLD}
    return {
        **told,
        "state": state(release, component["active"], component["left"]),
        "reason": reason(release, component["active"], component["left"]),
        "files": [{key: file[key] for key in ("path", "change")} for file in release["files"]],
        "changes": changes(component["component"], release, texts),
        "note": note(release),
    }
