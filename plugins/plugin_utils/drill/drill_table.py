# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A drill's timeline as a table for people."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean


def table(events: list[dict[str, Any]], receivers: dict[str, dict[str, float]], left: list[str]) -> str:
    lines = [("at", "settings", "own delay", "event", "setting")]
    lines += [
        (f"{e['at']:.1f} s", f"{e['settings']:.1f} s", f"{e['own']:.1f} s", clean(e["event"]), clean(e["setting"]))
        for e in events
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    shown = [
        "  ".join(
            [*(cell.rjust(width) for cell, width in zip(line[:3], widths)), line[3].ljust(widths[3]), line[4]]
        ).rstrip()
        for line in lines
    ]
    for name, own in receivers.items():
        parts = [
            f"{own[key]:.1f} s until {what}"
            for key, what in (("notified", "the notification"), ("resolved", "the resolved notification"))
            if key in own
        ]
        if parts:
            shown.append(f"own delay to {clean(name)}: {', '.join(parts)}")
    shown += [f"skipped: {clean(sentence)}" for sentence in left]
    return "\n".join(["", *shown, ""])
