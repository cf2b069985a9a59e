# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""After a rollback a component is held: site.yml leaves it alone until somebody says otherwise."""

from __future__ import annotations

from typing import Any

from .store import Store


def sentence(store: Store, held: dict[str, Any] | None) -> str:
    """What an operator reads about what Journal.hold() says; empty where there is none."""
    if held is None:
        return ""
    what = f"its {held['part']}" if held.get("part") else "it"
    whence = f" from {held['left']}" if held.get("left") else ""
    did = f"rolled {what} back" if held["done"] else f"began to roll {what} back"
    begun = store.journal.begun()
    more = "" if held["done"] else " That was cut short: roll back again with the same reason."
    if held["done"] and begun and "why" not in begun:
        more = f" A deploy of {begun['release']} since was cut short."
    return (
        f"{store.component} is held, and left alone: {held.get('by', 'somebody')} {did}{whence} to {held['release']} "
        f"at {held['since']}, because: {held.get('why') or 'no reason given'}.{more} "
        f"{_of_earlier(held)}To deploy it again, add -e unhold=true."
    )


def _of_earlier(held: dict[str, Any]) -> str:
    """The reasons of the rollbacks before it, which still hold."""
    return "".join(
        f"Before that: {one.get('by', 'somebody')} to {one['release']} at {one['since']}, "
        f"because: {one.get('why') or 'no reason given'}. "
        for one in held["earlier"]
    )
