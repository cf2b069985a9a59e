# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The history of a component on a host as text, 120 columns wide."""

from __future__ import annotations

import textwrap
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

from .states import moment

WIDTH = 120
COLUMNS = ("release", "state", "made (UTC)", "by", "revision", "version")
WIDEST = (24, 13, 16, 24, 20, 22)
MOST = 12  # changes of a release; JSON has them all
UNHOLD = "-e unhold=true lets site.yml deploy again"


def blocks(host: str, components: list[dict[str, Any]]) -> list[str]:
    """A text for each component; components: as `report` gives them."""
    return [block(host, one) for one in components]


def block(host: str, component: dict[str, Any]) -> str:
    lines = [_title(host, component)]
    if hold := component["hold"]:
        why = f": {clean(hold['why'])}" if hold["why"] else ""
        lines += _wrapped(f"held since {moment(hold['since'])} UTC by {clean(hold['by'])}{why}; {UNHOLD}", 2)
    releases = component["releases"]
    rows = [COLUMNS, *(_row(release) for release in releases)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(COLUMNS))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    if releases:
        lines += ["", f"  {shown[0]}"]
    for release, line in zip(releases, shown[1:]):
        lines += [f"  {line}", *_below(release)]
    return "\n".join(lines)


def _title(host: str, component: dict[str, Any]) -> str:
    name, total, listed = clean(component["component"]), component["total"], len(component["releases"])
    if not total:
        why = f", skipped: {clean(component['left_out'])}" if component["left_out"] else ""
        return f"{name} on {host}: no release{why}"
    active = f"{clean(component['active'])} is active" if component["active"] else "none is active"
    count = (
        f"{total} release{'' if total == 1 else 's'}" if listed == total else f"the last {listed} of {total} releases"
    )
    return f"{name} on {host}: {count}, {active}"


def _row(release: dict[str, Any]) -> tuple[str, ...]:
    cells = (
        release["id"],
        release["state"],
        moment(release["created"]),
        release["by"],
        release["revision"],
        release["version"],
    )
    return tuple(_short(cell, width) for cell, width in zip(cells, WIDEST))


def _short(value: Any, width: int) -> str:
    text = clean(value or "-")
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _below(release: dict[str, Any]) -> list[str]:
    """Why it is in its state, and what it changed."""
    lines = []
    if release["reason"]:
        lines += _wrapped(f"why: {release['reason']}", 6)
    if made_of := release["composed"]:
        lines += _wrapped(f"{made_of['part']} of {made_of['of']}, all else of {made_of['with']}", 6)
    if release["checked"] is False:
        lines += _wrapped("deployed without the check", 6)
    if files := _files(release):
        lines += _wrapped(f"against {release['before']}: {files}", 6)
    if release["note"]:
        lines += _wrapped(release["note"], 6)
    more = len(release["changes"]) - MOST
    for change in release["changes"] if more <= 1 else release["changes"][:MOST]:
        lines += _wrapped(f"- {change}", 6)
    lines += [f"      - and {more} more changes, see -e history_file=FILE"] if more > 1 else []
    return [*lines, *(f"      {line}" for line in release.get("diff", []))]


def _files(release: dict[str, Any]) -> str:
    names = [clean(file["path"].removeprefix("etc/")) for file in release["files"]]
    return ", ".join(names) if len(names) <= MOST else f"{len(names)} files"


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        clean(text),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
