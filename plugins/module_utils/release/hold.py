# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""After a rollback a component is held: site.yml leaves it alone until somebody says otherwise."""

from __future__ import annotations

from typing import Any

from .store import Store


def sentence(store: Store, held: dict[str, Any] | None) -> str:
    """What an operator reads about the journal's event that holds the component; empty where there is none."""
    if held is None:
        return ""
    what = f"its {held['part']}" if held.get("part") else "it"
    whence = f" from {held['left']}" if held.get("left") else ""
    cut_short = "" if store.journal.is_settled() else " The rollback was cut short: run it again."
    return (
        f"{store.component} is held, and left alone: {held.get('by', 'somebody')} rolled {what} back{whence} to "
        f"{held['release']} at {held['time']}, because: {held.get('why') or 'no reason given'}.{cut_short} "
        "To deploy it again, add -e unhold=true."
    )
